//! Keyset pagination: page after page in an order, forwards and backwards, from where the last page ended.
//! `sql/keyset` adds the keys that break ties.

use crate::cursor::{CursorError, CursorKey, CursorPosition, fingerprint};
use crate::error::Result;
use crate::exec::executor::Executor;
use crate::exec::row::RowReader;
use crate::exec::statement::Purpose;
use crate::exec::statement::fetch_with;
use crate::query::row_columns::Standalone;
use crate::query::scope::Ungrouped;
use crate::query::select::Select;
use crate::query::unbounded_impls::opaque_debug;
use crate::sql::keyset::{Keyset, keys_of};
use crate::sql::select::select;
use crate::sql::tree::{ColumnRef, Distinct, Expr, List, Node, Query, TableRef};

/// A page, with the cursors of its neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The rows, in the query's order in either direction.
    pub rows: Vec<T>,
    /// For [`Paging::after`]: the cursor of the next page, or `None` if there are no more rows.
    pub next: Option<String>,
    /// For [`Paging::before`]: the cursor of the previous page, or `None` on the first page.
    pub previous: Option<String>,
    /// The number of rows on all pages, if [`Paging::with_total`] asked for it.
    pub total: Option<i64>,
}

/// A query for one page, begun by [`Select::page`].
#[must_use = "a page is not read until it is fetched"]
pub struct Paging<S, T = S> {
    select: Select<S, T>,
    rows: u32,
    cursor: Option<(String, bool)>,
    key: Option<CursorKey>,
    counts: bool,
    is_unique: bool,
}

impl<S: Ungrouped, T> Select<S, T> {
    /// Reads the query in pages of at most `rows` rows each (at least one).
    ///
    /// A cursor is the position of a row in the order. The columns of the primary keys of all tables are the order's last keys, so no
    /// two rows have the same position. However many rows tie in the other keys, and wherever the order puts NULLs, going forwards until
    /// `next` is `None` returns every row once, and so does going backwards. Rows that are inserted or deleted meanwhile do not
    /// shift the pages: each starts after the same position.
    ///
    /// [`Select::columns`] and [`Select::project`] have pages too, ordered by any column of the model; their cursors are
    /// interchangeable with those of whole rows.
    ///
    /// A cursor is as long as the values of the sort keys, a third more for base64, and some 40 characters: sorting by long
    /// texts makes long cursors.
    ///
    /// An index on the columns of the order serves pages at any depth equally well, best if all go in one direction and none is
    /// nullable.
    ///
    /// ```no_run
    /// # use schemata::prelude::*;
    /// # #[derive(TableModel)]
    /// # pub struct Order { #[column(primary_key)] pub id: i64, pub status: String, pub total: i64 }
    /// # async fn f(db: Db, cursor: Option<String>) -> schemata::Result<()> {
    /// let page = Order::select()
    ///     .filter(Order::status.eq("pending"))
    ///     .order_by(Order::total.desc())
    ///     .page(25)
    ///     .after_opt(cursor)
    ///     .fetch(&db)
    ///     .await?;
    /// let next = page.next; // sent to the client, which returns it for the next page
    /// # drop(next); Ok(()) }
    /// ```
    pub fn page(self, rows: u32) -> Paging<S, T>
    where
        S: Standalone,
    {
        Paging { select: self, rows: rows.max(1), cursor: None, key: None, counts: false, is_unique: false }
    }
}

impl<S, T: Send> Paging<S, T> {
    /// Reads the page after this cursor.
    pub fn after(mut self, cursor: impl Into<String>) -> Self {
        self.cursor = Some((cursor.into(), false));
        self
    }

    /// Reads the page before this cursor.
    pub fn before(mut self, cursor: impl Into<String>) -> Self {
        self.cursor = Some((cursor.into(), true));
        self
    }

    /// Reads the page after this cursor, or the first page: for a request with an optional cursor.
    pub fn after_opt(self, cursor: Option<impl Into<String>>) -> Self {
        match cursor {
            Some(cursor) => self.after(cursor),
            None => self,
        }
    }

    /// Seals and opens cursors with this key instead of the process's own.
    pub fn sealed_with(mut self, key: &CursorKey) -> Self {
        self.key = Some(key.clone());
        self
    }

    /// States that no two rows are equal in the order, so that it needs no further keys. A query that reads something without a primary
    /// key, such as a [`DerivedTable`](crate::query::DerivedTable), has pages only then.
    ///
    /// # Hazards
    /// If rows do tie, pages can skip some of them.
    pub fn unique_order(mut self) -> Self {
        self.is_unique = true;
        self
    }

    /// Also counts the rows on all pages, in the same statement: [`Page::total`]. PostgreSQL then reads all rows that qualify.
    pub fn with_total(mut self) -> Self {
        self.counts = true;
        self
    }

    /// Reads the page, with one statement; an empty page whose total was asked for takes a second one.
    ///
    /// # Errors
    /// [`Error::Cursor`](crate::Error::Cursor) if the cursor was changed, was made with another key, or belongs to another
    /// query (another model, PostgreSQL schema, order or set of filters; the values in the filters may differ), or if the query
    /// has an offset, a limit, a lock or `distinct`, or no unique order; otherwise as for [`Select::fetch`].
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Page<T>> {
        let (target, Select { mut query, decode, .. }) = (on.target(), self.select);
        let purpose = Purpose { operation: "select", table: query.from.table.name };
        unpageable(&query)?;
        let key = match &self.key {
            Some(key) => key,
            None => CursorKey::of_process()?,
        };
        let keys = keys_of(&query, self.is_unique).ok_or(CursorError::NoUniqueOrder)?;
        let columns: Vec<usize> = keys.iter().map(|key| listed(&mut query, key.expr())).collect();
        let counted = self.counts.then(|| {
            let counted = counting(&query);
            let at = append(&mut query, Expr::tree(Node::Query("(", Box::new(counted.clone()), ")")));
            (counted, at)
        });
        let keyset = Keyset::begin(target.schema, &query, keys);
        let print = fingerprint(keyset.shape());
        let (position, backwards) = match &self.cursor {
            Some((text, backwards)) => (Some(CursorPosition::from_text(text, print, columns.len(), key)?), *backwards),
            None => (None, false),
        };
        let sql = keyset.finish(position.map(|position| position.values), backwards, i64::from(self.rows) + 1);
        let mut total = None;
        let found = fetch_with(target, purpose, &sql, |row| {
            let mut reader = RowReader::new(row);
            let values = columns.iter().map(|at| reader.raw(*at).map(|raw| raw.0)).collect::<Result<_>>()?;
            if let Some((_, at)) = &counted {
                total = Some(reader.at(*at)?);
            }
            Ok((CursorPosition { values }, decode.read(&mut reader)?))
        });
        let found = found.await?;
        if let (Some((counted, _)), None) = (counted, total) {
            let sql = select(target.schema, &counted);
            total = fetch_with(target, purpose, &sql, |row| RowReader::new(row).take()).await?.pop();
        }
        let page = Page::new(found, self.rows as usize, self.cursor, |position| position.to_text(print, key));
        Ok(Page { total, ..page })
    }
}

/// Returns the query that counts the rows of all pages.
fn counting(query: &Query) -> Query {
    let list = List::Of(vec![Expr::Text("count(*)".into())]);
    Query { list, order: Vec::new(), ..query.clone() }
}

impl<T> Page<T> {
    /// Makes a page of `found`, rows with their positions, nearest first, one more than the page has if there are more.
    fn new(
        mut found: Vec<(CursorPosition, T)>,
        rows: usize,
        from: Option<(String, bool)>,
        seal: impl Fn(&CursorPosition) -> String,
    ) -> Self {
        let more = found.len() > rows;
        found.truncate(rows);
        let (from, backwards) = from.map_or((None, false), |(cursor, backwards)| (Some(cursor), backwards));
        if backwards {
            found.reverse();
        }
        let ends = found.first().zip(found.last()).map(|(first, last)| (seal(&first.0), seal(&last.0)));
        // An empty page has the cursor it was reached by in both directions.
        let (first, last) = match (ends, &from) {
            (Some((first, last)), _) => (Some(first), Some(last)),
            (None, from) => (from.clone(), from.clone()),
        };
        let came = from.is_some();
        let (onwards, back) = if backwards { (came, more) } else { (more, came) };
        Self {
            rows: found.into_iter().map(|(_, row)| row).collect(),
            next: last.filter(|_| onwards),
            previous: first.filter(|_| back),
            total: None,
        }
    }
}

/// Returns the position of an expression in the list, to which it is added if it is missing.
fn listed(query: &mut Query, expr: &Expr) -> usize {
    let table = query.from.table;
    let is_first = |column: ColumnRef| match column.table {
        TableRef::First => true,
        TableRef::Model(model) => query.from.model == Some(model),
        TableRef::Outer(_) => false,
    };
    let is_same =
        |one: ColumnRef, other: ColumnRef| one == other || (one.name == other.name && is_first(one) && is_first(other));
    let found = expr.as_column().and_then(|sought| match &query.list {
        List::Whole if is_first(sought) => table.columns.iter().position(|column| column.name == sought.name),
        List::Whole => None,
        List::Of(list) => list.iter().position(|expr| expr.as_column().is_some_and(|listed| is_same(listed, sought))),
    });
    found.unwrap_or_else(|| append(query, expr.clone()))
}

/// Adds an expression to the list, and returns its position.
fn append(query: &mut Query, expr: Expr) -> usize {
    let whole = std::mem::replace(&mut query.list, List::Whole);
    let mut list = match whole {
        List::Whole => query.from.table.columns.iter().map(|column| Expr::first(column.name)).collect(),
        List::Of(list) => list,
    };
    list.push(expr);
    let position = list.len() - 1;
    query.list = List::Of(list);
    position
}

fn unpageable(query: &Query) -> Result<(), CursorError> {
    let part = if query.offset.is_some() {
        "an offset"
    } else if query.limit.is_some() {
        "a limit"
    } else if query.lock.is_some() {
        "a lock"
    } else if !matches!(query.distinct, Distinct::No) {
        "distinct"
    } else {
        return Ok(());
    };
    Err(CursorError::Unpageable { part })
}

opaque_debug!([S, T] [Paging<S, T>], this { select: this.select, rows: this.rows });
