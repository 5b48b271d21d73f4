//! PostgreSQL's binary formats for types of which the driver's conversions would change values: numeric, integers, times,
//! JSON, arrays, domains, composite types, text and network addresses. Each function keeps a value exactly, or returns an
//! error.

pub(crate) mod array;
pub(crate) mod composite;
pub(crate) mod domain;
#[cfg(any(feature = "time", feature = "jiff"))]
pub(crate) mod instants;
pub(crate) mod integers;
#[cfg(feature = "json")]
pub(crate) mod json;
#[cfg(feature = "json")]
mod json_bytes;
#[cfg(feature = "json")]
mod json_number;
pub(crate) mod microseconds;
pub(crate) mod network;
pub(crate) mod numeric;
pub(crate) mod text;
#[cfg(feature = "chrono")]
pub(crate) mod time;
mod value;
