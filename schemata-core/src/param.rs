//! A bound value: what travels beside SQL text, never in it.

use tokio_postgres::types::ToSql;

/// One bound value.
pub(crate) type Param = Box<dyn ToSql + Send + Sync>;
