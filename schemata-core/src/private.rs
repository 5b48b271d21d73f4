//! What the macros' output names. Not public API: it changes with the macros.
//!
//! [`names`] is imported whole by every expansion. Everything in it starts with two underscores, so that it cannot
//! hide a type of the user's, and is one token long.

pub use inventory;
pub use tokio_postgres::types;

use crate::exec::RowReader;
pub use crate::migrate::MigrationEntry;
use crate::model::TableModel;
use crate::query::Col;
use crate::schema::fit::is_unique;
use crate::schema::{Column, ColumnType, ForeignKeyTo};

/// The names, one token each.
pub mod names {
    pub use core::clone::Clone as __Clone;
    pub use core::future::Future as __Future;
    pub use core::marker::{PhantomData as __PhantomData, Send as __Send, Sized as __Sized};
    pub use core::option::Option as __Option;
    pub use core::result::Result::Ok as __Ok;

    pub use core::convert::From as __From;

    pub use super::{Field as __Field, Refused as __Refused, is_key as __is_key, joins as __joins, named as __named};
    pub use crate::error::Result as __Result;
    pub use crate::exec::{Executor as __Executor, FromRow as __FromRow, RowReader as __RowReader};
    pub use crate::model::request::{
        changed_at as __changed_at, given_at as __given_at, verify_given as __verify_given,
    };
    pub use crate::model::{
        Assign as __Assign, At as __At, Change as __Change, ColumnGroup as __ColumnGroup, Draft as __Draft,
        Given as __Given, GroupHandles as __GroupHandles, Has as __Has, Insert as __Insert, Insertable as __Insertable,
        Judge as __Judge, NewRow as __NewRow, Patch as __Patch, Row as __Row, Set as __Set, Sought as __Sought,
        TableModel as __TableModel, UniqueKey as __UniqueKey, Unset as __Unset, Update as __Update,
        Write as __WriteTrait, WriteKind as __WriteKind,
    };
    pub use crate::query::Col as __Col;
    pub use crate::schema::Literal::{Boolean as __Boolean, Float as __Float, Integer as __Integer, Text as __Text};
    pub use crate::schema::fit::concat as __concat;
    pub use crate::schema::verify::{
        verify_column as __verify_column, verify_default as __verify_default, verify_distinct as __verify_distinct,
        verify_identity as __verify_identity, verify_implied_type as __verify_implied_type, verify_key as __verify_key,
        verify_set_null as __verify_set_null, verify_sql_type as __verify_sql_type,
    };
    pub use crate::schema::{
        Action as __Action, Check as __Check, Column as __Column, ColumnType as __ColumnType,
        ForeignKey as __ForeignKey, Identity as __Identity, Index as __Index, IndexOrder as __IndexOrder,
        IndexPart as __IndexPart, SqlType as __SqlType, Table as __Table, Unique as __Unique,
    };
}

/// A Rust type as the field of a model. The derive asks everything of a field's type through this one trait, so that a
/// type that cannot be a column is reported once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no PostgreSQL type",
    label = "this type cannot be a column",
    note = "columns are bool, i16, i32, i64, f32, f64, String, Vec<u8>, Uuid, Decimal, DateTime<Utc>, NaiveDate, NaiveTime, \
            NaiveDateTime, serde_json::Value, Json<T>, IpAddr, and Vec or Option of these",
    note = "for a type of your own, derive `PgEnum`, `TextEnum` or `Newtype` on it, or implement `schemata::schema::ColumnType`"
)]
pub trait Field: Sized {
    /// The type itself: an unknown one when the type cannot be a column.
    type This;
    /// The column, without its name.
    const COLUMN: Column;
    /// Stands for the type where a value has to.
    const MARK: std::marker::PhantomData<fn() -> Self> = std::marker::PhantomData;

    /// Takes the row's next column.
    ///
    /// # Errors
    /// As [`RowReader::take`].
    fn take(row: &mut RowReader<'_>) -> crate::Result<Self>;
}

impl<T: ColumnType> Field for T {
    type This = Self;
    const COLUMN: Column = Column::of::<T>("");

    fn take(row: &mut RowReader<'_>) -> crate::Result<Self> {
        row.take()
    }
}

/// The column under its name.
pub const fn named(mut column: Column, name: &'static str) -> Column {
    column.name = name;
    column
}

/// Compiles only where a column of type `L` may reference the column `target`.
pub const fn joins<L, M, R>(_column: std::marker::PhantomData<fn() -> L>, _target: Col<M, R>)
where
    L: ColumnType,
    R: ColumnType,
    L::Inner: ForeignKeyTo<R::Inner>,
{
}

/// Panics unless `columns` are, in any order, a key of `M` that a foreign key can reference.
#[track_caller]
pub const fn is_key<M: TableModel>(columns: &[&str]) {
    assert!(
        is_unique(M::TABLE, columns),
        "a foreign key must reference the primary key, or columns that are unique together: \
         make them `unique` in the referenced model, or reference other ones"
    );
}

/// The write of a model that does not compile for another reason.
#[derive(Debug)]
pub struct Refused<M, K>(crate::model::Draft<K>, std::marker::PhantomData<fn() -> M>);

impl<M: TableModel, K: crate::model::WriteKind<M>> crate::model::Write for Refused<M, K> {
    type Model = M;
    type Kind = K;
    type Required = ();

    fn __wrap(draft: crate::model::Draft<K>) -> Self {
        Self(draft, std::marker::PhantomData)
    }

    fn __unwrap(self) -> crate::model::Draft<K> {
        self.0
    }
}
