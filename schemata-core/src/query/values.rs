//! VALUES: rows of the program as a table of a query.

use crate::exec::row::Decode;
use crate::query::expr::bound;
use crate::query::row_columns::{DerivedTable, RowOf};
use crate::query::select::Select;
use crate::query::source::from_item;
use crate::schema::{Column, ColumnType, Table};
use crate::sql::tree::{Expr as Tree, FromItem, Node, Query, Relation};

/// Begins a query over rows of the program: `SELECT … FROM (VALUES (1, 10), (2, 20)) AS wanted (item, quantity)`. The struct `D` names
/// the columns ([`DerivedTable`]); a row is a tuple of up to eight values, with exactly the types of the fields.
///
/// ```
/// # use schemata::{prelude::*, query::values};
/// # #[derive(TableModel)]
/// # pub struct Item { #[column(primary_key)] pub id: i64, pub price: i64 }
/// #[derive(Projection)]
/// #[projection(source)]
/// struct Wanted {
///     item: i64,
///     tags: Vec<String>,
/// }
///
/// # async fn f(db: Db) -> schemata::Result<()> {
/// let wanted = [(1_i64, vec!["red".to_owned()]), (2, Vec::new())];
/// let prices: Vec<(i64, Vec<String>)> = values::<Wanted>(wanted)
///     .join_on::<Item>(Item::id.eq(Wanted::item))
///     .columns((Item::price, Wanted::tags))
///     .fetch(&db)
///     .await?;
/// # drop(prices); Ok(()) }
/// ```
///
/// Each value is a parameter, and each number of rows a statement of its own: for many rows, or for numbers that vary,
/// [`unnest`](crate::query::unnest) binds a column as one array. Without rows, the table is empty.
pub fn values<D: DerivedTable>(rows: impl IntoIterator<Item: ValuesRow + RowOf<D>>) -> Select<D, D> {
    let rows: Vec<Tree> = rows.into_iter().map(row).collect();
    let call = if rows.is_empty() { empty(D::__TABLE) } else { Tree::call("(VALUES ", rows) };
    let item = FromItem { relation: Relation::Function { call, is_numbered: false }, ..from_item::<D>() };
    Select::of_query(Query::from(item), Decode::Function(D::from_row))
}

fn row(row: impl ValuesRow) -> Tree {
    let mut trees = Vec::new();
    row.__append(&mut ValueTrees(&mut trees));
    Tree::call("(", trees)
}

/// Returns a table without rows.
fn empty(table: &'static Table) -> Tree {
    let null = |column: &'static Column| Tree::tree(Node::Cast(Tree::Text("NULL".into()), &column.sql_type));
    Tree::tree(Node::List("(SELECT ".into(), table.columns.iter().map(null).collect(), " WHERE false)"))
}

/// A row of [`values`]: a value, or a tuple of up to eight.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row of values",
    note = "a row is a value whose type can be a column, or a tuple of up to eight of them"
)]
pub trait ValuesRow {
    #[doc(hidden)]
    fn __append(self, to: &mut ValueTrees<'_>);
}

/// The values of a row.
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "holds values")]
pub struct ValueTrees<'a>(&'a mut Vec<Tree>);

#[diagnostic::do_not_recommend]
impl<T: ColumnType> ValuesRow for T {
    fn __append(self, to: &mut ValueTrees<'_>) {
        to.0.push(bound(self));
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($name: ColumnType),+> ValuesRow for ($($name,)+) {
            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __append(self, to: &mut ValueTrees<'_>) {
                let ($($name,)+) = self;
                $(to.0.push(bound($name));)+
            }
        }
    )*};
}

tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) }
