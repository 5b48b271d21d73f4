//! Whose columns a piece of SQL names: the statement's own table, or the table of a sub-select inside it.

use crate::ident::Ident;
use crate::schema::Table;
use crate::sql::writer::Sql;

/// The table whose columns are being written, and how it is called there.
///
/// A statement's own table goes by its name, without an alias. A sub-select's always has an alias, and qualifies every
/// column by it: a column that its table lacks must be an error, never a column of the table around it.
#[derive(Debug, Clone)]
pub(crate) struct Scope<'a> {
    /// The PostgreSQL schema of tables that name none.
    pub(crate) schema: &'a Ident,
    root: &'a str,
    depth: usize,
    alias: Option<String>,
}

impl<'a> Scope<'a> {
    /// The scope of a statement on `table`.
    pub(crate) fn of(schema: &'a Ident, table: &'a Table) -> Self {
        Self { schema, root: table.name, depth: 0, alias: None }
    }

    /// A scope whose rows are called `name`.
    pub(crate) fn named(schema: &'a Ident, name: &'a str) -> Self {
        Self { schema, root: name, depth: 0, alias: Some(name.to_owned()) }
    }

    /// The scope of a sub-select inside this one.
    pub(crate) fn inner(&self) -> Self {
        let depth = self.depth + 1;
        let alias = format!("s{depth}");
        // The statement's own table is the only name here that is not ours to choose.
        let alias = if alias == self.root { alias + "_" } else { alias };
        Self { schema: self.schema, root: self.root, depth, alias: Some(alias) }
    }

    /// What the table is called.
    pub(crate) fn name(&self) -> &str {
        self.alias.as_deref().unwrap_or(self.root)
    }

    /// Writes a column as it is named inside this scope.
    pub(crate) fn column(&self, sql: &mut Sql, column: &str) {
        if let Some(alias) = &self.alias {
            sql.ident(alias).push(".");
        }
        sql.ident(column);
    }

    /// Writes `"schema"."table"`, with the alias where there is one.
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
