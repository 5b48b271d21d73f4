//! A table with its columns and constraints, and foreign keys, which refer to other tables.

use crate::schema::column::Column;
use crate::schema::constraint::{Check, ReferentialAction, Unique};
use crate::schema::index::Index;
use crate::schema::unmanaged::Unmanaged;

/// A table, as its model declares it: [`TableModel::TABLE`](crate::TableModel::TABLE). The derive builds it; a table
/// without a model can be built by hand:
///
/// ```
/// use schemata::schema::{Column, Identity, Table};
/// const ID: Column = Column::of::<i64>("id").identity(Identity::Always);
/// const NOTES: Table = Table::new("notes", &[ID, Column::of::<String>("text")], &["id"]);
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Table {
    /// The PostgreSQL schema that the model names; `None` means that of the handle or the migration.
    pub schema: Option<&'static str>,
    /// The name, unquoted.
    pub name: &'static str,
    /// The columns: those of the struct's own fields in order, followed by those of its column groups.
    pub columns: &'static [Column],
    /// The columns of the primary key in order.
    pub primary_key: &'static [&'static str],
    /// The declared name of the primary key; by default, it is derived from the table's name.
    pub primary_key_name: Option<&'static str>,
    /// Unique constraints.
    pub uniques: &'static [Unique],
    /// Indexes.
    pub indexes: &'static [Index],
    /// Check constraints.
    pub checks: &'static [Check],
    /// Foreign keys.
    pub foreign_keys: &'static [ForeignKey],
    /// `COMMENT ON TABLE`.
    pub comment: Option<&'static str>,
    /// The previous name, for `generate`.
    pub renamed_from: Option<&'static str>,
    /// The objects of the table that are left to the database.
    pub unmanaged: &'static [Unmanaged],
}

/// `FOREIGN KEY (…) REFERENCES …`.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ForeignKey {
    /// The referencing columns.
    pub columns: &'static [&'static str],
    /// The referenced table. A function, so that tables may reference each other and themselves.
    pub target: fn() -> &'static Table,
    /// The referenced columns, in the same order.
    pub target_columns: &'static [&'static str],
    /// What happens to the row when the referenced row is deleted.
    pub on_delete: ReferentialAction,
    /// What happens to the row when the referenced key changes.
    pub on_update: ReferentialAction,
    /// The declared name; by default, it is derived from table and columns.
    pub name: Option<&'static str>,
}

impl Table {
    /// Makes a table with these columns and this primary key.
    pub const fn new(name: &'static str, columns: &'static [Column], primary_key: &'static [&'static str]) -> Self {
        Self {
            schema: None,
            name,
            columns,
            primary_key,
            primary_key_name: None,
            uniques: &[],
            indexes: &[],
            checks: &[],
            foreign_keys: &[],
            comment: None,
            renamed_from: None,
            unmanaged: &[],
        }
    }

    /// Sets the PostgreSQL schema.
    #[must_use]
    pub const fn schema(mut self, schema: &'static str) -> Self {
        self.schema = Some(schema);
        self
    }

    /// Sets the name of the primary key.
    #[must_use]
    pub const fn primary_key_name(mut self, name: &'static str) -> Self {
        self.primary_key_name = Some(name);
        self
    }

    /// Sets the unique constraints.
    #[must_use]
    pub const fn uniques(mut self, uniques: &'static [Unique]) -> Self {
        self.uniques = uniques;
        self
    }

    /// Sets the indexes.
    #[must_use]
    pub const fn indexes(mut self, indexes: &'static [Index]) -> Self {
        self.indexes = indexes;
        self
    }

    /// Sets the check constraints.
    #[must_use]
    pub const fn checks(mut self, checks: &'static [Check]) -> Self {
        self.checks = checks;
        self
    }

    /// Sets the foreign keys.
    #[must_use]
    pub const fn foreign_keys(mut self, foreign_keys: &'static [ForeignKey]) -> Self {
        self.foreign_keys = foreign_keys;
        self
    }

    /// Sets the table's comment.
    #[must_use]
    pub const fn comment(mut self, text: &'static str) -> Self {
        self.comment = Some(text);
        self
    }

    /// Sets the previous name, which makes `generate` write a rename.
    #[must_use]
    pub const fn renamed_from(mut self, name: &'static str) -> Self {
        self.renamed_from = Some(name);
        self
    }

    /// Leaves objects of the table to the database.
    #[must_use]
    pub const fn unmanaged(mut self, objects: &'static [Unmanaged]) -> Self {
        self.unmanaged = objects;
        self
    }

    /// Returns the column with this name.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Returns the column that marks a row as removed, if the table has one.
    pub fn soft_delete(&self) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.soft_delete)
    }
}

impl ForeignKey {
    /// Makes a foreign key to `target_columns` of `target`.
    pub const fn new(
        columns: &'static [&'static str],
        target: fn() -> &'static Table,
        target_columns: &'static [&'static str],
    ) -> Self {
        Self {
            columns,
            target,
            target_columns,
            on_delete: ReferentialAction::NoAction,
            on_update: ReferentialAction::NoAction,
            name: None,
        }
    }

    /// Sets what a delete of the referenced row does.
    #[must_use]
    pub const fn on_delete(mut self, action: ReferentialAction) -> Self {
        self.on_delete = action;
        self
    }

    /// Sets what a change of the referenced key does.
    #[must_use]
    pub const fn on_update(mut self, action: ReferentialAction) -> Self {
        self.on_update = action;
        self
    }

    /// Sets the name.
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }
}
