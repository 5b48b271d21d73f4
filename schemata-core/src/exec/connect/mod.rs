//! From a database URL to a connection: parsing, addresses, sockets, TLS, and the checks of a new session.

pub(crate) mod address;
pub(crate) mod dial;
pub(crate) mod driver_task;
pub(crate) mod pooler_detection;
pub(crate) mod socket;
#[cfg(feature = "tls")]
pub(crate) mod tls;
pub(crate) mod url;

pub(crate) use address::Address;
pub(crate) use dial::ServerRequirement;
pub(crate) use driver_task::DriverTask;
pub(crate) use url::server_name;
