//! What can go wrong between a model and its database: one error type, its kinds, and the driver's error behind it.

mod accessors;
mod driver;
#[expect(clippy::module_inception, reason = "the file is named after its type")]
mod error;
mod kind;
mod unsendable;

pub use driver::DriverError;
pub use error::{Error, Result};
pub use kind::ErrorKind;
pub use unsendable::{TooLarge, Unsendable};
