//! `RowVersion`: a number that every update increments, so that no update overwrites a change it has not seen.

use crate::error::Result;
use crate::exec::row::{FromRow, RowReader};
use crate::model::groups::column_group::{ColumnGroup, GroupHandles, HandleSet};
use crate::query::unbounded_impls::copyable;
use crate::query::{Col, ReadOnly};
use crate::schema::{Column, Literal, Role};

/// The version column, for a field `#[column(flatten)] pub revision: RowVersion`: `version bigint NOT NULL DEFAULT 1`.
///
/// Every update through the model increments it. `Order::update(key).expect_version(n)` changes the row only if its
/// version is `n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RowVersion {
    /// The row's version: 1 after the insert.
    pub version: i64,
}

impl FromRow for RowVersion {
    fn from_row(row: &mut RowReader<'_>) -> Result<Self> {
        Ok(Self { version: row.take()? })
    }
}

impl ColumnGroup for RowVersion {
    const COLUMNS: &'static [Column] = &[Column::of::<i64>("version").default(Literal::Integer(1)).role(Role::Version)];
}

/// The handle of the version column.
pub struct RowVersionColumns<M> {
    /// `version`.
    pub version: Col<M, i64, ReadOnly>,
}

copyable!([M] RowVersionColumns<M> {});

impl<M> GroupHandles<M> for RowVersion {
    type Handles = RowVersionColumns<M>;
}

impl<M> HandleSet for RowVersionColumns<M> {
    const HANDLES: Self = Self { version: Col::new("version") };
}
