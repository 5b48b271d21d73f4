//! Transactions on the wire: BEGIN and its modes, the connection that a transaction holds, its nested levels, and a
//! transaction on the driver's own client. The handles that users call are in `handle::transaction`.

pub(crate) mod begin;
pub(crate) mod client_transaction;
pub(crate) mod isolation;
pub(crate) mod level_stack;
pub(crate) mod transaction_connection;
