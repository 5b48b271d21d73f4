//! Keyset pagination: page after page in an order, forwards and backwards, from where the last page ended.
//! `sql/keyset` adds the keys that break ties.

use std::sync::LazyLock;

use tokio_postgres::Row;

use crate::cursor::{CursorError, CursorKey, CursorPosition, Fingerprint, fingerprint};
use crate::error::Result;
use crate::exec::executor::Executor;
use crate::exec::row::RowReader;
use crate::exec::statement::Purpose;
use crate::exec::statement::{each_row, fetch_with};
use crate::query::row_columns::Standalone;
use crate::query::scope::Ungrouped;
use crate::query::select::Select;
use crate::query::unbounded_impls::opaque_debug;
use crate::sql::keyset::{Keyset, keys_of};
use crate::sql::lru::Lru;
use crate::sql::select::select;
use crate::sql::statement_text::{StatementText, TextRef};
use crate::sql::tree::{Distinct, Expr, List, Node, Query};

/// The most queries whose hash is kept.
const KNOWN_SHAPES: usize = 256;

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
        let columns: Vec<usize> = keys.iter().map(|key| query.listed(key.expr())).collect();
        let counted = self.counts.then(|| {
            let counted = counting(&query);
            let at = query.append(Expr::tree(Node::Query("(", Box::new(counted.clone()), ")")));
            (counted, at)
        });
        let keyset = Keyset::begin(target.schema, &query, keys);
        let print = fingerprint_of(keyset.shape());
        let (position, backwards) = match &self.cursor {
            Some((text, backwards)) => (Some(CursorPosition::from_text(text, print, columns.len(), key)?), *backwards),
            None => (None, false),
        };
        let sql = keyset.finish(position.map(|position| position.values), backwards, i64::from(self.rows) + 1);
        let (mut total, mut found) = (None, Found::new(self.rows));
        each_row(target, purpose, &sql, &mut |row| {
            let mut reader = RowReader::new(&row);
            if let Some((_, at)) = &counted {
                total = Some(reader.at(*at)?);
            }
            if found.is_full() {
                found.has_more = true;
                return Ok(());
            }
            let read = decode.read(&mut reader)?;
            found.add(read, row);
            Ok(())
        })
        .await?;
        if let (Some((counted, _)), None) = (counted, total) {
            let sql = select(target.schema, &counted);
            total = fetch_with(target, purpose, &sql, |row| RowReader::new(row).take()).await?.pop();
        }
        let seal = |row: &Row| {
            let reader = RowReader::new(row);
            let values = columns.iter().map(|at| reader.raw(*at).map(|raw| raw.0)).collect::<Result<_>>()?;
            Ok(CursorPosition { values }.to_text(print, key))
        };
        Ok(Page { total, ..found.page(self.cursor, seal)? })
    }
}

/// Returns the query that counts the rows of all pages.
fn counting(query: &Query) -> Query {
    let list = List::Of(vec![Expr::Text("count(*)".into())]);
    Query { list, order: Vec::new(), ..query.clone() }
}

/// The rows of a page as they arrive, nearest first.
struct Found<T> {
    rows: Vec<T>,
    /// The number of rows that the page can have.
    most: usize,
    has_more: bool,
    /// The nearest and the farthest row, whose positions the cursors may need. One row is both.
    first: Option<Row>,
    last: Option<Row>,
}

impl<T> Found<T> {
    fn new(rows: u32) -> Self {
        Self { rows: Vec::new(), most: rows as usize, has_more: false, first: None, last: None }
    }

    fn is_full(&self) -> bool {
        self.rows.len() == self.most
    }

    fn add(&mut self, read: T, row: Row) {
        self.rows.push(read);
        if self.first.is_none() {
            self.first = Some(row);
        } else {
            self.last = Some(row);
        }
    }

    /// Makes the page, which was reached by the cursor `from`, backwards or not.
    fn page(self, from: Option<(String, bool)>, seal: impl Fn(&Row) -> Result<String>) -> Result<Page<T>> {
        let Self { mut rows, has_more, first: nearest, last: farthest, .. } = self;
        let farthest = farthest.as_ref().or(nearest.as_ref());
        let (from, backwards) = from.map_or((None, false), |(cursor, backwards)| (Some(cursor), backwards));
        // An empty page has the cursor it was reached by in both directions.
        let cursor = |is_needed: bool, row: Option<&Row>| match row {
            _ if !is_needed => Ok(None),
            Some(row) => seal(row).map(Some),
            None => Ok(from.clone()),
        };
        let (onwards, back) = (cursor(has_more, farthest)?, cursor(from.is_some(), nearest.as_ref())?);
        let (next, previous) = if backwards { (back, onwards) } else { (onwards, back) };
        if backwards {
            rows.reverse();
        }
        Ok(Page { rows, next, previous, total: None })
    }
}

/// Returns the hash of the text that identifies a query. It is computed once per text.
fn fingerprint_of(shape: &StatementText) -> Fingerprint {
    static KNOWN: LazyLock<Lru<Fingerprint>> = LazyLock::new(|| Lru::new(KNOWN_SHAPES));
    let text = TextRef::Parts(shape);
    if let (Some(known), _) = KNOWN.get(text, 0) {
        return known;
    }
    let written = shape.to_text();
    let print = fingerprint(&written);
    KNOWN.insert(text, written.into(), print);
    print
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
