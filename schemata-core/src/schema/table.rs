//! A table: columns and constraints under one name.

use crate::schema::column::Column;
use crate::schema::constraint::{Check, ForeignKey, Index, Unique};

/// What a model says of its table.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Table {
    /// The PostgreSQL schema the model names; else the one of the handle or the migration.
    pub schema: Option<&'static str>,
    /// Its name, unquoted.
    pub name: &'static str,
    /// The columns: those of the struct's own fields in order, then those of its column groups.
    pub columns: &'static [Column],
    /// The columns of the primary key, in order.
    pub primary_key: &'static [&'static str],
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
}

impl Table {
    /// A table with these columns and this primary key.
    pub const fn new(name: &'static str, columns: &'static [Column], primary_key: &'static [&'static str]) -> Self {
        Self {
            schema: None,
            name,
            columns,
            primary_key,
            uniques: &[],
            indexes: &[],
            checks: &[],
            foreign_keys: &[],
            comment: None,
        }
    }

    /// Names the PostgreSQL schema.
    #[must_use]
    pub const fn schema(mut self, schema: &'static str) -> Self {
        self.schema = Some(schema);
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

    /// Describes the table in the catalog.
    #[must_use]
    pub const fn comment(mut self, text: &'static str) -> Self {
        self.comment = Some(text);
        self
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column that marks a row as removed, where the table has one.
    pub fn soft_delete(&self) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.soft_delete)
    }
}
