//! `SoftDelete`: rows that are marked as removed instead of deleted.

use chrono::{DateTime, Utc};

use crate::error::Result;
use crate::exec::row::{FromRow, RowReader};
use crate::model::groups::column_group::{ColumnGroup, GroupHandles, HandleSet};
use crate::query::unbounded_impls::copyable;
use crate::query::{Col, ReadOnly};
use crate::schema::Column;

/// The soft-delete column, for a field `#[column(flatten)] pub removal: SoftDelete`.
///
/// A row is removed while `deactivated_at` is not NULL. Finders, queries, counts, updates and deletes of the model do
/// not see removed rows; `delete` deletes a live row for good.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SoftDelete {
    /// When the row was removed; `None` for a live row.
    pub deactivated_at: Option<DateTime<Utc>>,
}

impl FromRow for SoftDelete {
    fn from_row(row: &mut RowReader<'_>) -> Result<Self> {
        Ok(Self { deactivated_at: row.take()? })
    }
}

impl ColumnGroup for SoftDelete {
    const COLUMNS: &'static [Column] = &[Column::of::<Option<DateTime<Utc>>>("deactivated_at").soft_delete()];
}

/// The handle of the soft-delete column.
pub struct SoftDeleteColumns<M> {
    /// `deactivated_at`.
    pub deactivated_at: Col<M, Option<DateTime<Utc>>, ReadOnly>,
}

copyable!([M] SoftDeleteColumns<M> {});

impl<M> GroupHandles<M> for SoftDelete {
    type Handles = SoftDeleteColumns<M>;
}

impl<M> HandleSet for SoftDeleteColumns<M> {
    const HANDLES: Self = Self { deactivated_at: Col::new("deactivated_at") };
}
