//! The handles that users hold: `Db`, `Tx`, and a handle that acts for an actor.

pub(crate) mod db;
pub(crate) mod db_builder;
pub(crate) mod retry;
pub(crate) mod transaction;
pub(crate) mod with_actor;
