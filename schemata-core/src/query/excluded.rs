//! The two rows of a conflict: the existing one, and the one that was to be inserted.

use std::any::TypeId;
use std::marker::PhantomData;

use crate::query::col::Col;
use crate::query::expr::Expr;
use crate::query::scope::ReadBy;
use crate::query::scope::index::{Last, Only};
use crate::query::source::Source;
use crate::schema::{ColumnType, Never};
use crate::sql::conflict::ExcludedRow;
use crate::sql::tree::Expr as Tree;

/// The scope of what an upsert sets in an existing row: the columns of `M` are those of the existing row, and [`excluded`] reads
/// the row that was to be inserted.
#[derive(Debug)]
pub struct OnConflict<M>(PhantomData<fn() -> M>);

/// The read-marker of an expression on the row of `M` that was to be inserted.
#[derive(Debug)]
pub struct Excluded<M>(PhantomData<fn() -> M>);

impl<M: Source> ReadBy<OnConflict<M>, Only> for M {
    type Null = Never;
}

#[diagnostic::do_not_recommend]
impl<M> ReadBy<OnConflict<M>, Last> for Excluded<M> {
    type Null = Never;
}

/// Returns the value that the insert would have stored in a column, in what an upsert sets: `EXCLUDED.hits`, with defaults and
/// the effects of triggers before the insert.
///
/// ```no_run
/// # use schemata::{prelude::*, query::excluded};
/// # #[derive(TableModel)]
/// # pub struct Counter { #[column(primary_key)] pub name: String, pub hits: i64 }
/// # async fn count(db: &Db) -> schemata::Result<()> {
/// let row = Counter::insert().name("home").hits(1).on_conflict(Counter::primary_key());
/// row.on_update(Counter::hits, Counter::hits + excluded(Counter::hits)).exec(db).await?;
/// # Ok(()) }
/// ```
pub fn excluded<M: Source, T: ColumnType, A>(column: Col<M, T, A>) -> Expr<Excluded<M>, T> {
    Expr::new(Tree::of(TypeId::of::<ExcludedRow>(), column.name()))
}
