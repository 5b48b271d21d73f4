//! What a query can read from: models, structs that name the columns of derived tables, and aliases of both.

use std::any::TypeId;

use crate::exec::row::FromRow;
use crate::schema::Table;
use crate::sql::tree::{FromItem, Relation};

/// What stands for a table of a query: a model, a struct that names the columns of a
/// [`DerivedTable`](crate::query::DerivedTable), or an alias of either ([`alias!`](crate::alias)).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table that a query can read",
    note = "write `#[derive(TableModel)]` on `{Self}`, or declare an alias: `alias! {{ struct Boss = Employee; }}`"
)]
pub trait Source: Sized + Send + Sync + 'static {
    /// The model of its rows.
    type Row: FromRow + Send + Sync + 'static;

    #[doc(hidden)]
    fn __table() -> SourceTable;
}

/// The table of a [`Source`], and the name it has in a query of several tables.
#[derive(Debug, Clone, Copy)]
pub struct SourceTable {
    pub(crate) name: &'static str,
    pub(crate) table: &'static Table,
    /// The source that names the rows, if they are those of a common table expression.
    cte: Option<TypeId>,
}

impl SourceTable {
    /// A table by its own name.
    pub(crate) const fn of(table: &'static Table) -> Self {
        Self { name: table.name, table, cte: None }
    }

    /// The rows of the common table expression of `D`, with the columns of `table`.
    #[doc(hidden)]
    pub fn cte<D: 'static>(table: &'static Table) -> Self {
        Self { cte: Some(TypeId::of::<D>()), ..Self::of(table) }
    }

    /// The table under another name.
    #[doc(hidden)]
    #[must_use]
    pub const fn alias(self, name: &'static str) -> Self {
        Self { name, ..self }
    }
}

/// Returns the table of a source as a part of a query.
pub(crate) fn from_item<M: Source>() -> FromItem {
    let SourceTable { name, table, cte } = M::__table();
    let relation = cte.map_or(Relation::Table, Relation::Cte);
    FromItem { model: Some(TypeId::of::<M>()), name, table, relation }
}

/// Declares a second name for a model's table, to read the table twice in a query: `alias! { pub struct Boss = Employee; }`.
///
/// `Boss::of(Employee::name)` is the column of that name, and a foreign key is directed to it by
/// [`Relation::to`](crate::relation::Relation::to).
///
/// ```
/// # use schemata::prelude::*;
/// # #[derive(TableModel)]
/// # pub struct Employee { #[column(primary_key)] pub id: i64, pub name: String, #[column(references = Employee::id)] pub boss_id: Option<i64> }
/// schemata::alias! { struct Boss = Employee; }
/// # async fn f(db: Db) -> schemata::Result<()> {
/// let bosses: Vec<(String, Option<String>)> = Employee::select()
///     .left_join(Employee::BOSS_ID_FKEY.to(Boss))
///     .columns((Employee::name, Boss::of(Employee::name)))
///     .fetch(&db)
///     .await?;
/// # drop(bosses); Ok(()) }
/// ```
#[macro_export]
macro_rules! alias {
    ($($(#[$meta:meta])* $visibility:vis struct $name:ident = $model:ty;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        $visibility struct $name;

        impl $crate::query::Source for $name {
            type Row = $model;

            fn __table() -> $crate::query::SourceTable {
                <$model as $crate::query::Source>::__table().alias(::core::stringify!($name))
            }
        }

        impl $name {
            /// Begins a query over the aliased table.
            #[allow(dead_code)]
            $visibility fn select() -> $crate::query::Select<$name, $model> {
                $crate::query::Select::from_source()
            }

            /// Returns the column of the aliased table.
            #[allow(dead_code)]
            $visibility const fn of<T, A>(
                column: $crate::query::Col<$model, T, A>,
            ) -> $crate::query::Col<$name, T, A> {
                $crate::query::Col::new(column.name())
            }
        }
    )+};
}
