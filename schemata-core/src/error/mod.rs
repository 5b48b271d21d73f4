//! The error type of the library: [`Error`], its kinds, and the driver's error behind it.
//!
//! The text of an error never holds values. Errors of migrations and tools are in their own floors.

mod accessors;
mod classify;
mod driver_error;
#[expect(clippy::module_inception, reason = "the file is named after its type")]
mod error;
mod kind;
mod unsendable;

pub use driver_error::DriverError;
pub use error::{Error, Result};
pub use kind::ErrorKind;
pub(crate) use unsendable::TooLarge;
pub use unsendable::Unsendable;
