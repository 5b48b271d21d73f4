//! From a database URL to a checked connection: URL, addresses, sockets, TLS, cancel requests, and detection of poolers.
//!
//! The migrator and the pool both connect through [`Address::dial`]; what a pool keeps per connection is not known here.

pub(crate) mod address;
pub(crate) mod cancel_and_close;
pub(crate) mod dial;
pub(crate) mod pooler_detection;
pub(crate) mod session_id;
pub(crate) mod socket;
#[cfg(feature = "tls")]
pub(crate) mod tls;
pub(crate) mod tls_settings;
pub(crate) mod url;

pub(crate) use address::Address;
pub(crate) use cancel_and_close::DriverTask;
pub(crate) use dial::{Dialed, ServerRequirement};
pub(crate) use pooler_detection::{SessionReadings, TWO_PROCESSES};
pub(crate) use url::server_name;
