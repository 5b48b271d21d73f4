//! The handles that users hold: `Db` and its builder, `Tx` and its builder, `Session`, and a handle with an actor.

pub(crate) mod db;
pub(crate) mod db_builder;
pub(crate) mod retry_policy;
pub(crate) mod session;
pub(crate) mod transaction;
pub(crate) mod with_actor;
