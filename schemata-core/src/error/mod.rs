//! What can go wrong between a model and its database: one error type, its kinds, and the driver's error behind it.

mod driver;
mod facts;
mod failure;
mod kind;
mod unsendable;

pub use driver::DriverError;
pub use failure::{Error, Result};
pub use kind::ErrorKind;
pub use unsendable::{TooLarge, Unsendable};
