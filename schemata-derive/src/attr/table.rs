//! Parses `#[table(…)]` on the struct.

use syn::{Attribute, LitStr, Path};

use crate::attr::clause::{Parameters, parameters};
use crate::attr::constraint::{CheckAttr, ForeignKeyAttr, PrimaryKeyAttr, UniqueAttr, primary_key};
use crate::attr::entry::{Entry, entries};
use crate::attr::index::IndexAttr;
use crate::attr::keys::{arguments, unknown};
use crate::attr::slot::Slot;
use crate::attr::unmanaged::UnmanagedAttr;
use crate::attr::value::{flag, path, string};
use crate::diag::Diagnostics;

/// The values of `#[table(…)]`.
#[derive(Default)]
pub(crate) struct TableAttr {
    pub(crate) name: Slot<LitStr>,
    pub(crate) schema: Slot<LitStr>,
    pub(crate) primary_key: Slot<PrimaryKeyAttr>,
    pub(crate) keyless: Slot<()>,
    pub(crate) unlogged: Slot<()>,
    pub(crate) with: Parameters,
    pub(crate) toast: Parameters,
    pub(crate) comment: Slot<LitStr>,
    pub(crate) renamed_from: Slot<LitStr>,
    pub(crate) validate: Slot<Path>,
    pub(crate) krate: Slot<Path>,
    pub(crate) uniques: Vec<UniqueAttr>,
    pub(crate) indexes: Vec<IndexAttr>,
    pub(crate) checks: Vec<CheckAttr>,
    pub(crate) foreign_keys: Vec<ForeignKeyAttr>,
    pub(crate) excludes: Vec<IndexAttr>,
    pub(crate) unmanaged: Vec<UnmanagedAttr>,
}

impl TableAttr {
    /// Reads every `#[table(…)]` of a struct.
    pub(crate) fn read(attrs: &[Attribute], diag: &mut Diagnostics) -> Self {
        let mut this = Self::default();
        for attr in attrs {
            if attr.path().is_ident("column") {
                diag.error_on(attr.path(), "`#[column(…)]` belongs on a field: write `#[table(…)]` on the struct");
            } else if attr.path().is_ident("table")
                && let Some(tokens) = arguments(attr, "table(name = \"orders\")", diag)
            {
                for entry in entries(tokens, diag) {
                    this.take(&entry, diag);
                }
            }
        }
        this
    }

    fn take(&mut self, entry: &Entry, diag: &mut Diagnostics) {
        let key = &entry.key;
        match key.to_string().as_str() {
            "name" => self.name.set(key, string(entry, diag), diag),
            "schema" => self.schema.set(key, string(entry, diag), diag),
            "primary_key" => self.primary_key.set(key, primary_key(entry, diag), diag),
            "comment" => self.comment.set(key, string(entry, diag), diag),
            "renamed_from" => self.renamed_from.set(key, string(entry, diag), diag),
            "validate" => self.validate.set(key, path(entry, diag), diag),
            "crate" => self.krate.set(key, path(entry, diag), diag),
            "unique" => self.uniques.extend(UniqueAttr::read(entry, diag)),
            "index" => self.indexes.extend(IndexAttr::read(entry, diag)),
            "check" => self.checks.extend(CheckAttr::read(entry, diag)),
            "exclude" => self.excludes.extend(IndexAttr::read_exclude(entry, diag)),
            "keyless" => self.keyless.set(key, flag(entry, diag), diag),
            "unlogged" => self.unlogged.set(key, flag(entry, diag), diag),
            "with" => parameters(entry, "with(fillfactor = 70)", &mut self.with, diag),
            "toast" => parameters(entry, "toast(autovacuum_enabled = off)", &mut self.toast, diag),
            "foreign_key" => self.foreign_keys.extend(ForeignKeyAttr::read(entry, diag)),
            "unmanaged" => self.unmanaged.extend(UnmanagedAttr::of_table(entry, diag)),
            other => unknown(other, key.span(), "table", diag),
        }
    }
}
