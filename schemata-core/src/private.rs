//! What the macros' output names. Not public API: it changes with the macros.

pub use inventory;

pub use crate::error::Result;
pub use crate::exec::{Executor, FromRow, RowReader};
pub use crate::migrate::MigrationEntry;
pub use crate::model::{ColumnGroup, Draft, GroupHandles, Insert, Provided, Set, TableModel, Update, Write, WriteKind};
pub use crate::query::Col;
pub use crate::schema::fit::{concat, distinct, fits, has_column, has_default_type, is_unique, takes_literal};
pub use crate::schema::{
    Action, Check, Column, ColumnType, ForeignKey, ForeignKeyTo, Identity, Index, IndexOrder, IndexPart, IntoValue,
    Literal, SqlType, Table, Unique,
};

/// Compiles only where a column of type `L` may reference the column `_target`.
pub const fn joins<L, M, R>(_target: Col<M, R>)
where
    L: ColumnType,
    R: ColumnType,
    L::Inner: ForeignKeyTo<R::Inner>,
{
}
