//! Types of other crates as columns, a feature per crate. Each converts from and to PostgreSQL's binary format by itself, so
//! that a value is exact or refused, and so that the driver's features need not be enabled.

#[cfg(feature = "bigdecimal")]
mod bigdecimal;
#[cfg(feature = "bit-vec")]
mod bit_vec;
#[cfg(feature = "cidr")]
mod cidr;
#[cfg(feature = "geo-types")]
mod geo_types;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "macaddr")]
mod macaddr;
#[cfg(feature = "secrecy")]
mod secrecy;
#[cfg(feature = "time")]
mod time;
#[cfg(feature = "ulid")]
mod ulid;
#[cfg(feature = "url")]
mod url;
