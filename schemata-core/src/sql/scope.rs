//! Names the tables of a query, and qualifies columns by these names.
//!
//! The only table of a statement has no alias, and its columns are not qualified. As soon as a statement has several tables,
//! every column is qualified, and so is every column inside a sub-select: a column that its table lacks must be an error, never
//! a column of the table around it.

use std::any::TypeId;
use std::borrow::Cow;

use crate::ident::{Ident, MAX_IDENT_BYTES};
use crate::schema::Table;
use crate::sql::statement_text::AnyText;
use crate::sql::tree::{ColumnRef, FromItem, Query, Relation, TableRef};
use crate::sql::writer::Sql;

/// The name of a table or common table expression that a query does not have.
static NAMELESS: AnyText = Cow::Borrowed("");

/// The tables of a query, inside those of the queries around it.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    /// The PostgreSQL schema of tables that name none.
    pub(crate) schema: &'a Ident,
    outer: Option<&'a Scope<'a>>,
    /// None around the queries of a combination or of a WITH.
    tables: Vec<NamedTable>,
    ctes: Vec<NamedCte>,
    is_qualified: bool,
    /// The number of queries around those inside of it. Zero stands for the statement itself.
    depth: usize,
}

/// A table with its name in the statement.
#[derive(Debug)]
struct NamedTable {
    model: Option<TypeId>,
    name: AnyText,
}

/// A common table expression with its name in the statement.
#[derive(Debug, Clone)]
struct NamedCte {
    source: TypeId,
    name: AnyText,
}

impl<'a> Scope<'a> {
    /// Returns the scope of a statement on `table` alone.
    pub(crate) fn of(schema: &'a Ident, table: &Table) -> Self {
        Self::named_table(schema, table.name, false)
    }

    /// Returns a scope whose table has the alias `name`.
    pub(crate) fn named(schema: &'a Ident, name: &'static str) -> Self {
        Self::named_table(schema, name, true)
    }

    fn named_table(schema: &'a Ident, name: &'static str, is_qualified: bool) -> Self {
        let tables = vec![NamedTable { model: None, name: Cow::Borrowed(name) }];
        Self { schema, outer: None, tables, ctes: Vec::new(), is_qualified, depth: 1 }
    }

    /// Returns the scope of a query that is the statement.
    pub(crate) fn query(schema: &'a Ident, query: &Query) -> Self {
        Self { schema, outer: None, tables: Vec::new(), ctes: Vec::new(), is_qualified: false, depth: 0 }.reading(query)
    }

    /// Returns the scope of a statement that is no query and reads these tables.
    pub(crate) fn tables<'f>(
        schema: &'a Ident,
        first: &'f FromItem,
        joined: impl ExactSizeIterator<Item = &'f FromItem>,
    ) -> Self {
        let scope = Self { schema, outer: None, tables: Vec::new(), ctes: Vec::new(), is_qualified: false, depth: 0 };
        scope.naming(first, joined)
    }

    /// Returns the scope of a query inside the one of this scope.
    pub(crate) fn inner(&'a self, query: &Query) -> Scope<'a> {
        self.around().reading(query)
    }

    /// Returns a scope for queries inside, without tables of its own yet.
    fn around(&'a self) -> Scope<'a> {
        let (schema, depth) = (self.schema, self.depth);
        Scope { schema, outer: Some(self), tables: Vec::new(), ctes: Vec::new(), is_qualified: depth > 0, depth }
    }

    /// Returns the scope for queries that this one is made of, or that it reads. They do not see its tables.
    pub(crate) fn beside(&self) -> Scope<'_> {
        let ctes = self.ctes.clone();
        Scope {
            schema: self.schema,
            outer: self.outer,
            tables: Vec::new(),
            ctes,
            is_qualified: false,
            depth: self.depth - 1,
        }
    }

    fn reading(mut self, query: &Query) -> Self {
        for cte in &query.with {
            let name = self.unused(cte.table.name, Self::has_cte);
            self.ctes.push(NamedCte { source: cte.source, name });
        }
        self.naming(&query.from, query.joins.iter().map(|join| &join.item))
    }

    fn naming<'f>(mut self, first: &'f FromItem, joined: impl ExactSizeIterator<Item = &'f FromItem>) -> Self {
        self.is_qualified |= joined.len() > 0;
        for (nth, item) in (1..).zip(std::iter::once(first).chain(joined)) {
            let is_unnamed = !self.is_qualified && matches!(item.relation, Relation::Table);
            // A table without an alias qualifies columns by its own name.
            let own = if is_unnamed { item.table.name } else { item.name };
            let name = match (self.depth, nth) {
                (0, _) if !self.has_table(own) => Cow::Borrowed(own),
                (0, _) => self.unused(numbered(own, nth), Self::has_table),
                (depth, 1) => self.unused(format!("s{depth}"), Self::has_table),
                (depth, _) => self.unused(format!("s{depth}_{nth}"), Self::has_table),
            };
            self.tables.push(NamedTable { model: item.model, name });
        }
        self.depth += 1;
        self
    }

    /// Returns `name`, changed if this query or one around it has it already.
    fn unused(&self, name: impl Into<AnyText>, has: impl Fn(&Self, &str) -> bool) -> AnyText {
        let mut name = name.into();
        while has(self, &name) {
            name.to_mut().push('_');
        }
        name
    }

    fn has_table(&self, name: &str) -> bool {
        self.tables.iter().any(|table| table.name == name) || self.outer.is_some_and(|outer| outer.has_table(name))
    }

    fn has_cte(&self, name: &str) -> bool {
        self.ctes.iter().any(|cte| cte.name == name) || self.outer.is_some_and(|outer| outer.has_cte(name))
    }

    /// Returns the name of the common table expression of a source, of this query or of one around it.
    pub(crate) fn cte(&self, source: TypeId) -> Option<&AnyText> {
        let own = self.ctes.iter().find(|cte| cte.source == source).map(|cte| &cte.name);
        own.or_else(|| self.outer.and_then(|outer| outer.cte(source)))
    }

    /// Returns the sources of the common table expressions of this query, each with its name.
    pub(crate) fn ctes(&self) -> impl Iterator<Item = (TypeId, AnyText)> + '_ {
        self.ctes.iter().map(|cte| (cte.source, cte.name.clone()))
    }

    /// Returns the name of a common table expression of this query by its position.
    pub(crate) fn cte_name(&self, position: usize) -> &AnyText {
        self.ctes.get(position).map_or(&NAMELESS, |cte| &cte.name)
    }

    /// Returns the name of a table of this query by its position.
    pub(crate) fn name(&self, position: usize) -> &AnyText {
        self.tables.get(position).map_or(&NAMELESS, |table| &table.name)
    }

    /// Returns whether tables have aliases.
    pub(crate) fn is_qualified(&self) -> bool {
        self.is_qualified
    }

    /// Returns the name of the table of a model in this query.
    pub(crate) fn name_of(&self, model: TypeId) -> Option<&AnyText> {
        self.tables.iter().find(|table| table.model == Some(model)).map(|table| &table.name)
    }

    /// Writes a column, qualified unless it belongs to the only table of the statement.
    pub(crate) fn column(&self, sql: &mut Sql, column: ColumnRef) {
        match column.table {
            TableRef::First => self.own_column(sql, self.name(0), column.name),
            TableRef::Model(model) => match (self.name_of(model), self.outer) {
                (Some(name), _) => self.own_column(sql, name, column.name),
                (None, Some(outer)) => outer.foreign_column(sql, model, column.name),
                // A statement on one table, whose model it does not know.
                (None, None) => self.own_column(sql, self.name(0), column.name),
            },
            TableRef::Outer(model) => self.outer.unwrap_or(self).foreign_column(sql, model, column.name),
        }
    }

    fn own_column(&self, sql: &mut Sql, table: &AnyText, column: &'static str) {
        if self.is_qualified || sql.qualifies_all {
            sql.qualifier(table);
        }
        sql.ident(column);
    }

    /// Writes a column of this query inside one of its sub-selects.
    fn foreign_column(&self, sql: &mut Sql, model: TypeId, column: &'static str) {
        let name = match (self.name_of(model), self.outer) {
            (Some(name), _) => name,
            (None, Some(outer)) => return outer.foreign_column(sql, model, column),
            (None, None) => self.name(0),
        };
        sql.qualifier(name).ident(column);
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
    use crate::sql::tree::{Join, JoinKind};

    const TABLE: Table = Table::new("s1", &[], &[]);

    fn item(name: &'static str) -> FromItem {
        FromItem { name, ..FromItem::of(&TABLE) }
    }

    #[test]
    fn an_alias_never_hides_a_table_of_a_query_around_it() {
        let public = Ident::public();
        let (scope, query) = (Scope::of(&public, &TABLE), Query::from(item("x")));
        let inner = scope.inner(&query);
        assert_eq!((&**inner.name(0), &**inner.inner(&query).name(0)), ("s1_", "s2"));
    }

    #[test]
    fn tables_of_one_name_are_numbered() {
        let public = Ident::public();
        let long = "x".repeat(63).leak();
        let joined = ["a", "b", long, long].map(|name| Join { kind: JoinKind::Inner, item: item(name), on: None });
        let scope = Scope::query(&public, &Query { joins: joined.into(), ..Query::from(item("a")) });
        assert_eq!([0, 1, 2, 4].map(|at| scope.name(at)), ["a", "a_2", "b", "t5"]);
    }
}
