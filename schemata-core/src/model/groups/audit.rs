//! `Audit`: columns for who inserted a row and when, and who changed it last and when.

use chrono::{DateTime, Utc};

use crate::error::Result;
use crate::exec::row::{FromRow, RowReader};
use crate::model::groups::column_group::{ColumnGroup, GroupHandles, HandleSet};
use crate::query::unbounded_impls::copyable;
use crate::query::{Col, ReadOnly};
use crate::schema::{Column, ColumnType, Literal, Role};

/// The audit columns, for a field `#[column(flatten)] pub audit: Audit`.
///
/// | column | type | set by |
/// | --- | --- | --- |
/// | `created_at` | `timestamptz NOT NULL DEFAULT now()` | PostgreSQL, at the insert; never changes |
/// | `created_by` | `varchar(50) NOT NULL DEFAULT 'system'` | the insert; never changes |
/// | `updated_at` | `timestamptz NOT NULL DEFAULT now()` | every update through the model |
/// | `updated_by` | `varchar(50)` | every update: the actor, else `system` |
///
/// `now()` is the start of the transaction, so rows that are written together have equal times. `Audit<Option<Uuid>>`
/// keeps the actor's id instead of a name: both `_by` columns are then a nullable `uuid`.
///
/// With the features `serde` and `utoipa` it is an object of these four members, as the other groups are of theirs; a model that
/// flattens it in its table nests it in JSON, unless the field has `#[serde(flatten)]` too.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(bound(
        serialize = "A: serde::Serialize, A::Inner: serde::Serialize",
        deserialize = "A: serde::Deserialize<'de>, A::Inner: serde::Deserialize<'de>"
    ))
)]
pub struct Audit<A: Actor = String> {
    /// When the row was inserted.
    pub created_at: DateTime<Utc>,
    /// Who inserted it.
    pub created_by: A,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Who changed it last; `None` until then.
    pub updated_by: Option<A::Inner>,
}

/// The types of `created_by`: a `String`, which is `'system'` unless an actor is named, or an `Option` of any column type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an audit actor",
    note = "nothing sets `created_by` unless the application does: write `Audit<Option<{Self}>>`"
)]
pub trait Actor: ColumnType {
    /// The `created_by` column.
    const CREATED_BY: Column;
    /// The `updated_by` column.
    const UPDATED_BY: Column;
}

impl Actor for String {
    const CREATED_BY: Column = Column::of::<Self>("created_by")
        .sql_type("varchar(50)")
        .default(Literal::Text("system"))
        .immutable()
        .role(Role::CreatedBy);
    const UPDATED_BY: Column =
        Column::of::<Option<Self>>("updated_by").sql_type("varchar(50)").on_update("'system'").role(Role::UpdatedBy);
}

impl<T: ColumnType<Inner = T>> Actor for Option<T> {
    const CREATED_BY: Column = Column::of::<Self>("created_by").immutable().role(Role::CreatedBy);
    const UPDATED_BY: Column = Column::of::<Self>("updated_by").on_update("NULL").role(Role::UpdatedBy);
}

impl<A: Actor> FromRow for Audit<A> {
    fn from_row(row: &mut RowReader<'_>) -> Result<Self> {
        Ok(Self { created_at: row.take()?, created_by: row.take()?, updated_at: row.take()?, updated_by: row.take()? })
    }
}

impl<A: Actor> ColumnGroup for Audit<A> {
    const COLUMNS: &'static [Column] = &[
        Column::of::<DateTime<Utc>>("created_at").default_sql("now()").immutable(),
        A::CREATED_BY,
        Column::of::<DateTime<Utc>>("updated_at").default_sql("now()").on_update("now()"),
        A::UPDATED_BY,
    ];
}

/// The handles of the audit columns: `Order::audit.created_at`.
pub struct AuditColumns<M, A: Actor = String> {
    /// `created_at`.
    pub created_at: Col<M, DateTime<Utc>, ReadOnly>,
    /// `created_by`.
    pub created_by: Col<M, A, ReadOnly>,
    /// `updated_at`.
    pub updated_at: Col<M, DateTime<Utc>, ReadOnly>,
    /// `updated_by`.
    pub updated_by: Col<M, Option<A::Inner>, ReadOnly>,
}

copyable!([M, A: Actor] AuditColumns<M, A> {});

impl<M, A: Actor> GroupHandles<M> for Audit<A> {
    type Handles = AuditColumns<M, A>;
}

impl<M, A: Actor> HandleSet for AuditColumns<M, A> {
    const HANDLES: Self = Self {
        created_at: Col::new("created_at"),
        created_by: Col::new("created_by"),
        updated_at: Col::new("updated_at"),
        updated_by: Col::new("updated_by"),
    };
}
