//! A table with its columns and constraints, and foreign keys, which refer to other tables.

use crate::schema::column::Column;
use crate::schema::constraint::{Check, Deferral, Exclude, KeyOptions, ReferentialAction, Unique, Validity};
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
    /// The further clauses of the primary key.
    pub primary_key_options: KeyOptions,
    /// Unique constraints.
    pub uniques: &'static [Unique],
    /// Indexes.
    pub indexes: &'static [Index],
    /// Check constraints.
    pub checks: &'static [Check],
    /// Foreign keys.
    pub foreign_keys: &'static [ForeignKey],
    /// Exclusion constraints.
    pub excludes: &'static [Exclude],
    /// Storage parameters such as `fillfactor`, with their values as written.
    pub with: &'static [(&'static str, &'static str)],
    /// Whether PostgreSQL does without its write-ahead log: a crash empties the table.
    pub unlogged: bool,
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
    /// When it is checked.
    pub deferral: Deferral,
    /// Whether either all or none of the referencing columns must be NULL: `MATCH FULL`.
    pub match_full: bool,
    /// The columns that `on_delete` sets, if not all (PostgreSQL 15 and newer).
    pub set_columns: &'static [&'static str],
    /// The rows for which PostgreSQL ensures it.
    pub validity: Validity,
    /// Whether the last column is a period, to be covered by those of referenced rows (PostgreSQL 18 and newer).
    pub period: bool,
    /// `COMMENT ON CONSTRAINT`.
    pub comment: Option<&'static str>,
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
            primary_key_options: KeyOptions::new(),
            uniques: &[],
            indexes: &[],
            checks: &[],
            foreign_keys: &[],
            excludes: &[],
            with: &[],
            unlogged: false,
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

    /// Sets the further clauses of the primary key.
    #[must_use]
    pub const fn primary_key_options(mut self, options: KeyOptions) -> Self {
        self.primary_key_options = options;
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

    /// Sets the exclusion constraints.
    #[must_use]
    pub const fn excludes(mut self, excludes: &'static [Exclude]) -> Self {
        self.excludes = excludes;
        self
    }

    /// Sets storage parameters.
    #[must_use]
    pub const fn with(mut self, parameters: &'static [(&'static str, &'static str)]) -> Self {
        self.with = parameters;
        self
    }

    /// Does without the write-ahead log.
    ///
    /// # Hazards
    /// A crash of the server empties the table, and replicas never have its rows.
    #[must_use]
    pub const fn unlogged(mut self) -> Self {
        self.unlogged = true;
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
            deferral: Deferral::Never,
            match_full: false,
            set_columns: &[],
            validity: Validity::Valid,
            period: false,
            comment: None,
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

    /// Sets when it is checked.
    #[must_use]
    pub const fn deferral(mut self, deferral: Deferral) -> Self {
        self.deferral = deferral;
        self
    }

    /// Requires that either all or none of the referencing columns are NULL.
    #[must_use]
    pub const fn match_full(mut self) -> Self {
        self.match_full = true;
        self
    }

    /// Restricts the columns that `on_delete` sets (PostgreSQL 15 and newer).
    #[must_use]
    pub const fn set_columns(mut self, columns: &'static [&'static str]) -> Self {
        self.set_columns = columns;
        self
    }

    /// Sets the rows for which PostgreSQL ensures it.
    #[must_use]
    pub const fn validity(mut self, validity: Validity) -> Self {
        self.validity = validity;
        self
    }

    /// Makes the last column a period (PostgreSQL 18 and newer).
    #[must_use]
    pub const fn period(mut self) -> Self {
        self.period = true;
        self
    }

    /// Sets the comment.
    #[must_use]
    pub const fn comment(mut self, text: &'static str) -> Self {
        self.comment = Some(text);
        self
    }
}
