//! Names the tables of a query, and qualifies columns by these names.
//!
//! The only table of a statement has no alias, and its columns are not qualified. As soon as a statement has several tables,
//! every column is qualified, and so is every column inside a sub-select: a column that its table lacks must be an error, never
//! a column of the table around it.

use std::any::TypeId;
use std::borrow::Cow;

use crate::ident::{Ident, MAX_IDENT_BYTES};
use crate::schema::Table;
use crate::sql::tree::{ColumnRef, FromItem, TableRef};
use crate::sql::writer::Sql;

/// The tables of a query, inside those of the queries around it.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    /// The PostgreSQL schema of tables that name none.
    pub(crate) schema: &'a Ident,
    outer: Option<&'a Scope<'a>>,
    first: NamedTable<'a>,
    joined: Vec<NamedTable<'a>>,
    is_qualified: bool,
    depth: usize,
}

/// A table with its name in the statement.
#[derive(Debug)]
struct NamedTable<'a> {
    model: Option<TypeId>,
    name: Cow<'a, str>,
}

impl<'a> Scope<'a> {
    /// Returns the scope of a statement on `table` alone.
    pub(crate) fn of(schema: &'a Ident, table: &'a Table) -> Self {
        Self::named_table(schema, table.name, false)
    }

    /// Returns a scope whose table has the alias `name`.
    pub(crate) fn named(schema: &'a Ident, name: &'a str) -> Self {
        Self::named_table(schema, name, true)
    }

    fn named_table(schema: &'a Ident, name: &'a str, is_qualified: bool) -> Self {
        let first = NamedTable { model: None, name: Cow::Borrowed(name) };
        Self { schema, outer: None, first, joined: Vec::new(), is_qualified, depth: 0 }
    }

    /// Returns the scope of a statement that reads these tables.
    pub(crate) fn query(schema: &'a Ident, first: FromItem, joined: impl ExactSizeIterator<Item = FromItem>) -> Self {
        let is_qualified = joined.len() > 0;
        // A single table has no alias, so that its own name qualifies its columns.
        let name = if is_qualified { first.name } else { first.table.name };
        let first = NamedTable { model: first.model, name: Cow::Borrowed(name) };
        let scope = Self { schema, outer: None, first, joined: Vec::new(), is_qualified, depth: 0 };
        scope.join_all(joined)
    }

    /// Returns the scope of a sub-select that reads these tables.
    pub(crate) fn inner(&'a self, first: FromItem, joined: impl ExactSizeIterator<Item = FromItem>) -> Self {
        let depth = self.depth + 1;
        let name = self.unused(format!("s{depth}"));
        let first = NamedTable { model: first.model, name: Cow::Owned(name) };
        let (schema, outer) = (self.schema, Some(self));
        Scope { schema, outer, first, joined: Vec::new(), is_qualified: true, depth }.join_all(joined)
    }

    fn join_all(mut self, joined: impl Iterator<Item = FromItem>) -> Self {
        for (nth, item) in (2..).zip(joined) {
            let name = if self.depth > 0 {
                Cow::Owned(self.unused(format!("s{}_{nth}", self.depth)))
            } else if self.has_name(item.name) {
                Cow::Owned(self.unused(numbered(item.name, nth)))
            } else {
                Cow::Borrowed(item.name)
            };
            self.joined.push(NamedTable { model: item.model, name });
        }
        self
    }

    /// Returns `name`, changed if a table of this query or of one around it has it already.
    fn unused(&self, mut name: String) -> String {
        while self.has_name(&name) {
            name.push('_');
        }
        name
    }

    fn has_name(&self, name: &str) -> bool {
        self.tables().any(|table| table.name == name) || self.outer.is_some_and(|outer| outer.has_name(name))
    }

    fn tables(&self) -> impl Iterator<Item = &NamedTable<'a>> {
        std::iter::once(&self.first).chain(&self.joined)
    }

    /// Returns the name of a table of this query by its position.
    pub(crate) fn name(&self, position: usize) -> &str {
        self.tables().nth(position).map_or("", |table| &table.name)
    }

    /// Returns whether tables have aliases.
    pub(crate) fn is_qualified(&self) -> bool {
        self.is_qualified
    }

    /// Returns the name of the table of a model in this query.
    pub(crate) fn name_of(&self, model: TypeId) -> Option<&str> {
        self.tables().find(|table| table.model == Some(model)).map(|table| &*table.name)
    }

    /// Writes a column, qualified unless it belongs to the only table of the statement.
    pub(crate) fn column(&self, sql: &mut Sql, column: ColumnRef) {
        match column.table {
            TableRef::First => self.own_column(sql, &self.first.name, column.name),
            TableRef::Model(model) => match (self.name_of(model), self.outer) {
                (Some(name), _) => self.own_column(sql, name, column.name),
                (None, Some(outer)) => outer.foreign_column(sql, model, column.name),
                // A statement on one table, whose model it does not know.
                (None, None) => self.own_column(sql, &self.first.name, column.name),
            },
            TableRef::Outer(model) => self.outer.unwrap_or(self).foreign_column(sql, model, column.name),
        }
    }

    fn own_column(&self, sql: &mut Sql, table: &str, column: &str) {
        if self.is_qualified || sql.qualifies_all {
            sql.ident(table).push(".");
        }
        sql.ident(column);
    }

    /// Writes a column of this query inside one of its sub-selects.
    fn foreign_column(&self, sql: &mut Sql, model: TypeId, column: &str) {
        let name = match (self.name_of(model), self.outer) {
            (Some(name), _) => name,
            (None, Some(outer)) => return outer.foreign_column(sql, model, column),
            (None, None) => &self.first.name,
        };
        sql.ident(name).push(".").ident(column);
    }
}

/// Returns `name_2`, or a short name if that were too long.
fn numbered(name: &str, nth: usize) -> String {
    let numbered = format!("{name}_{nth}");
    if numbered.len() < MAX_IDENT_BYTES { numbered } else { format!("t{nth}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Table = Table::new("s1", &[], &[]);

    fn item(name: &'static str) -> FromItem {
        FromItem { model: None, name, table: &TABLE }
    }

    #[test]
    fn an_alias_never_hides_a_table_of_a_query_around_it() {
        let public = Ident::public();
        let scope = Scope::of(&public, &TABLE);
        let inner = scope.inner(item("x"), [].into_iter());
        assert_eq!((inner.name(0), inner.inner(item("x"), [].into_iter()).name(0)), ("s1_", "s2"));
    }

    #[test]
    fn tables_of_one_name_are_numbered() {
        let public = Ident::public();
        let long = "x".repeat(63).leak();
        let scope = Scope::query(&public, item("a"), [item("a"), item("b"), item(long), item(long)].into_iter());
        assert_eq!([0, 1, 2, 4].map(|at| scope.name(at)), ["a", "a_2", "b", "t5"]);
    }
}
