//! PostgreSQL's binary formats, where the driver's own conversions would change a value: numeric, times, JSON, arrays,
//! network addresses. Each function returns exactly the value it was given, or an error.

pub(crate) mod array;
#[cfg(feature = "json")]
pub(crate) mod json;
#[cfg(feature = "json")]
mod json_number;
#[cfg(feature = "json")]
mod json_scanner;
pub(crate) mod network;
pub(crate) mod numeric;
pub(crate) mod text;
#[cfg(feature = "chrono")]
pub(crate) mod time;
