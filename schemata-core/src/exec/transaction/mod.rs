//! Transactions on the wire: the connection that holds one open, its levels, and a transaction on the driver's own client.

pub(crate) mod client_transaction;
pub(crate) mod isolation;
pub(crate) mod levels;
pub(crate) mod transaction_connection;
