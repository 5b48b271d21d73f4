//! Common table expressions: queries with names, before the query that reads them.

use std::any::TypeId;

use crate::query::row_columns::{DerivedTable, RowOf, Standalone};
use crate::query::select::Select;
use crate::query::unbounded_impls::opaque_debug;
use crate::sql::tree::{Cte, CteBody};

/// Common table expressions, begun by [`with`] or [`with_recursive`].
#[must_use = "a common table expression does nothing until a query reads it"]
#[derive(Clone, Default)]
pub struct With {
    pub(crate) ctes: Vec<Cte>,
}

opaque_debug!([][With], this { names: this.ctes.iter().map(|cte| cte.table.name).collect::<Vec<_>>() });

/// Names the rows of a query: `WITH monthly AS (SELECT …)`. The struct `D` names the columns ([`DerivedTable`]); the query that
/// [`With::read`] takes, and later expressions, read it as any table: by `D::select()`, and by `join_on::<D>`.
///
/// ```
/// # use schemata::{prelude::*, query::{count, with}};
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, pub status: String }
/// #[derive(Projection)]
/// #[projection(source)]
/// struct StatusCount {
///     status: String,
///     orders: i64,
/// }
///
/// # async fn f(db: Db) -> schemata::Result<()> {
/// let counts = Order::select().group_by(Order::status).aggregate(count());
/// let frequent: Vec<StatusCount> = with::<StatusCount>(counts)
///     .read(StatusCount::select().filter(StatusCount::orders.gt(100)))
///     .fetch(&db)
///     .await?;
/// # drop(frequent); Ok(()) }
/// ```
///
/// PostgreSQL may run an expression that is read once as a part of the query, and one that is read several times by itself (manual
/// 7.8.3): [`With::materialized`] decides.
pub fn with<D: DerivedTable>(select: Select<impl Standalone, impl RowOf<D>>) -> With {
    With::default().with::<D>(select)
}

/// Names the rows of `first`, and those that follow from them: `next` reads `D`, the rows found last, until it finds none.
///
/// Equal rows are kept (`UNION ALL`), so rows that lead back to themselves never end:
/// [`with_recursive_distinct`] stops there. PostgreSQL refuses an order, a limit or an aggregate of `D` in `next` (42P19, 0A000), and
/// columns whose SQL types differ between the two, such as `varchar(20)` and `text` (42804).
///
/// ```
/// # use schemata::{prelude::*, query::with_recursive};
/// # #[derive(TableModel)]
/// # pub struct Employee { #[column(primary_key)] pub id: i64, #[column(references = Employee::id)] pub boss_id: Option<i64> }
/// #[derive(Projection)]
/// #[projection(source)]
/// struct Below {
///     id: i64,
///     depth: i32,
/// }
///
/// # async fn f(db: Db) -> schemata::Result<()> {
/// let first = Employee::select().filter(Employee::id.eq(1)).columns((Employee::id, schemata::query::bind(0)));
/// let next = Employee::select()
///     .join_on::<Below>(Below::id.eq(Employee::boss_id))
///     .columns((Employee::id, Below::depth + 1));
/// let below: Vec<Below> = with_recursive::<Below>(first, next).read(Below::select()).fetch(&db).await?;
/// # drop(below); Ok(()) }
/// ```
pub fn with_recursive<D: DerivedTable>(
    first: Select<impl Standalone, impl RowOf<D>>,
    next: Select<impl Standalone, impl RowOf<D>>,
) -> With {
    With::default().with_recursive::<D>(first, next)
}

/// Like [`with_recursive`], with each distinct row once (`UNION`): it ends where rows repeat.
pub fn with_recursive_distinct<D: DerivedTable>(
    first: Select<impl Standalone, impl RowOf<D>>,
    next: Select<impl Standalone, impl RowOf<D>>,
) -> With {
    With::default().with_recursive_distinct::<D>(first, next)
}

impl With {
    /// Adds an expression, which may read those before it.
    pub fn with<D: DerivedTable>(self, select: Select<impl Standalone, impl RowOf<D>>) -> Self {
        self.with_body::<D>(CteBody::Query(Box::new(select.into_query())))
    }

    /// Adds a recursive expression: see [`with_recursive`].
    pub fn with_recursive<D: DerivedTable>(
        self,
        first: Select<impl Standalone, impl RowOf<D>>,
        next: Select<impl Standalone, impl RowOf<D>>,
    ) -> Self {
        let (first, next) = (Box::new(first.into_query()), Box::new(next.into_query()));
        self.with_body::<D>(CteBody::Recursive { first, operator: " UNION ALL ", next })
    }

    /// Adds a recursive expression that ends where rows repeat: see [`with_recursive_distinct`].
    pub fn with_recursive_distinct<D: DerivedTable>(
        self,
        first: Select<impl Standalone, impl RowOf<D>>,
        next: Select<impl Standalone, impl RowOf<D>>,
    ) -> Self {
        let (first, next) = (Box::new(first.into_query()), Box::new(next.into_query()));
        self.with_body::<D>(CteBody::Recursive { first, operator: " UNION ", next })
    }

    /// Adds an expression with this body. Its columns must be those of `D`.
    pub(crate) fn with_body<D: DerivedTable>(mut self, body: CteBody) -> Self {
        self.ctes.push(Cte { source: TypeId::of::<D>(), table: D::__TABLE, materialized: "", body });
        self
    }

    /// Has PostgreSQL run the expression added last once, by itself: `MATERIALIZED`.
    pub fn materialized(self) -> Self {
        self.hint(" MATERIALIZED")
    }

    /// Lets PostgreSQL run the expression added last as a part of what reads it: `NOT MATERIALIZED`.
    pub fn not_materialized(self) -> Self {
        self.hint(" NOT MATERIALIZED")
    }

    fn hint(mut self, hint: &'static str) -> Self {
        if let Some(last) = self.ctes.last_mut() {
            last.materialized = hint;
        }
        self
    }

    /// Returns the query with these expressions before it. It is filtered, sorted, paged and fetched like any other.
    pub fn read<S, T>(self, mut select: Select<S, T>) -> Select<S, T> {
        select.query.with.splice(0..0, self.ctes);
        select
    }
}
