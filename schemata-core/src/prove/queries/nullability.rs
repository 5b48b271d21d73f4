//! Which columns of a prepared statement are never NULL.
//!
//! A column that comes straight from a table is known by the catalog, unless an outer join can make it NULL; an expression is
//! known by its text. A column that the text calls `"name!"` is taken for known.

use std::ops::Range;

use tokio_postgres::Column;

use crate::checked::CheckedQuery;
use crate::prove::queries::expression::Expressions;
use crate::prove::queries::outer_joins::NullableSides;
use crate::prove::queries::statement::{Outline, SourceTable};
use crate::prove::queries::table_columns::TableColumns;

/// What is known of each column, by its position: `None` if it is never NULL, else why it can be.
pub(crate) struct Nullability(Vec<Option<&'static str>>);

const OF_A_TABLE: &str = "its table allows it";
const OF_A_JOIN: &str = "an outer join may not find its table's row";
const OF_THE_STATEMENT: &str = "grouping sets, MERGE, OLD or NEW can leave any column empty";
const OF_AN_EXPRESSION: &str = "nothing shows that the expression never is";

impl Nullability {
    pub(crate) fn of(query: &CheckedQuery, sql: &str, columns: &[Column], known: &TableColumns) -> Self {
        let outline = Outline::read(sql);
        let reading = Reading {
            sides: NullableSides::of(&outline),
            sources: outline.sources(),
            items: outline.items().filter(|items| items.len() == columns.len()),
            outline: &outline,
            known,
        };
        let asserted = |column: &Column| query.source.asserted.contains(&column.name());
        let parameters: Vec<bool> = query.source.parameters.iter().map(|parameter| parameter.nullable).collect();
        let why = columns
            .iter()
            .enumerate()
            .map(|(at, column)| if asserted(column) { None } else { reading.why_null(at, column, &parameters) });
        Self(why.collect())
    }

    /// Returns whether the column at `at` is never NULL.
    pub(crate) fn is_never_null(&self, at: usize) -> bool {
        self.0.get(at).is_some_and(Option::is_none)
    }

    /// Returns why the column at `at` can be NULL.
    pub(crate) fn reason(&self, at: usize) -> &'static str {
        self.0.get(at).copied().flatten().unwrap_or(OF_AN_EXPRESSION)
    }
}

/// A statement as it was read.
struct Reading<'k, 's> {
    outline: &'k Outline<'s>,
    sides: NullableSides,
    sources: Vec<SourceTable>,
    /// The items of the list, one for each column.
    items: Option<Vec<Range<usize>>>,
    known: &'k TableColumns,
}

impl Reading<'_, '_> {
    fn why_null(&self, at: usize, column: &Column, parameters: &[bool]) -> Option<&'static str> {
        let item = self.items.as_ref().map(|items| self.outline.without_alias(items[at].clone()));
        let straight = column.table_oid().zip(column.column_id());
        if let Some((table, not_null)) = straight.and_then(|(table, column)| self.known.by_number(table, column)) {
            let alias = item.and_then(|item| self.plain_alias(item, table));
            return match (not_null, self.sides.holds(alias.as_deref().unwrap_or(table))) {
                (false, _) => Some(OF_A_TABLE),
                (true, true) if self.sides.everything => Some(OF_THE_STATEMENT),
                (true, true) => Some(OF_A_JOIN),
                (true, false) => None,
            };
        }
        let expressions = Expressions {
            outline: self.outline,
            is_column_known: &|qualifier, column| self.is_column_known(qualifier, column),
            nullable_parameters: parameters.to_vec(),
            is_grouped: self.outline.is_grouped(),
        };
        let is_known = item.is_some_and(|item| expressions.is_known(item));
        if is_known { None } else { Some(OF_AN_EXPRESSION) }
    }

    /// Returns the alias of the outermost query by which an item names a column of this table: it tells the two sides of a self
    /// join apart. `None` if the table's rows may have come another way, as from a sub-select.
    fn plain_alias(&self, item: Range<usize>, table: &str) -> Option<String> {
        let qualifier =
            (item.len() >= 3 && self.outline.is(item.end - 2, &["."])).then(|| self.outline.name(item.end - 3));
        let mut named =
            self.sources.iter().filter(|source| Some(&source.alias) == qualifier.as_ref().and_then(Option::as_ref));
        let only = named.next().filter(|_| named.next().is_none())?;
        (only.table.as_deref() == Some(table)).then(|| only.alias.clone())
    }

    /// Returns whether a column of the outermost query's tables is never NULL.
    fn is_column_known(&self, qualifier: Option<&str>, column: &str) -> bool {
        let known = |source: &SourceTable| {
            let table = source.table.as_deref()?;
            let not_null = self.known.by_name(table, column)?;
            Some(not_null && !self.sides.holds(&source.alias))
        };
        if let Some(qualifier) = qualifier {
            let mut named = self.sources.iter().filter(|source| source.alias == qualifier).peekable();
            return named.peek().is_some() && named.all(|source| known(source) == Some(true));
        }
        let are_tables = self.sources.iter().all(|source| source.table.is_some());
        let mut of_tables = self.sources.iter().filter_map(known).peekable();
        are_tables && of_tables.peek().is_some() && of_tables.all(|known| known)
    }
}
