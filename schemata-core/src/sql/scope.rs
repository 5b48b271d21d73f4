//! Qualifies columns: by nothing in a statement on one table, by an alias inside a sub-select.

use crate::ident::Ident;
use crate::schema::Table;
use crate::sql::writer::Sql;

/// The table whose columns are being written, with its name in the statement.
///
/// The statement's own table has no alias. The table of a sub-select has one, and every column is qualified by it: a column
/// that the table lacks must be an error, never a column of the table around it.
#[derive(Debug, Clone)]
pub(crate) struct Scope<'a> {
    /// The PostgreSQL schema of tables that name none.
    pub(crate) schema: &'a Ident,
    root: &'a str,
    depth: usize,
    alias: Option<String>,
}

impl<'a> Scope<'a> {
    /// Returns the scope of a statement on `table`.
    pub(crate) fn of(schema: &'a Ident, table: &'a Table) -> Self {
        Self { schema, root: table.name, depth: 0, alias: None }
    }

    /// Returns a scope whose table has the alias `name`.
    pub(crate) fn named(schema: &'a Ident, name: &'a str) -> Self {
        Self { schema, root: name, depth: 0, alias: Some(name.to_owned()) }
    }

    /// Returns the scope of a sub-select inside this one.
    pub(crate) fn inner(&self) -> Self {
        let depth = self.depth + 1;
        let alias = format!("s{depth}");
        // The name of the statement's own table is the only one that the library does not choose.
        let alias = if alias == self.root { alias + "_" } else { alias };
        Self { schema: self.schema, root: self.root, depth, alias: Some(alias) }
    }

    /// Returns the name that qualifies columns of the table.
    pub(crate) fn name(&self) -> &str {
        self.alias.as_deref().unwrap_or(self.root)
    }

    /// Writes the name of a column, qualified if the table has an alias.
    pub(crate) fn column(&self, sql: &mut Sql, column: &str) {
        if let Some(alias) = &self.alias {
            sql.ident(alias).push(".");
        }
        sql.ident(column);
    }

    /// Writes `"schema"."table"`, with the alias if there is one.
    pub(crate) fn table(&self, sql: &mut Sql, table: &Table) {
        sql.table(self.schema, table);
        if let Some(alias) = &self.alias {
            sql.push(" AS ").ident(alias);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_never_hides_the_statements_own_table() {
        let (public, table) = (Ident::public(), Table::new("s1", &[], &[]));
        let scope = Scope::of(&public, &table);
        assert_eq!((scope.inner().name(), scope.inner().inner().name()), ("s1_", "s2"));
    }
}
