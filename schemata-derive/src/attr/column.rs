//! Parses `#[column(…)]` on fields.

use proc_macro2::Ident;
use syn::{Attribute, LitStr, Path};

use crate::attr::entry::{Entry, Value, entries};
use crate::attr::keys::{ACTIONS, arguments, unknown};
use crate::attr::slot::Slot;
use crate::attr::unmanaged::UnmanagedAttr;
use crate::attr::value::{DefaultLiteral, default_literal, flag, handle, string, word};
use crate::diag::Diagnostics;

/// The values of `#[column(…)]`.
#[derive(Default)]
pub(crate) struct ColumnAttr {
    pub(crate) primary_key: Slot<()>,
    pub(crate) name: Slot<LitStr>,
    pub(crate) sql_type: Slot<LitStr>,
    pub(crate) default: Slot<DefaultLiteral>,
    pub(crate) default_sql: Slot<LitStr>,
    pub(crate) unique: Slot<()>,
    pub(crate) references: Slot<Path>,
    pub(crate) on_delete: Slot<Ident>,
    pub(crate) on_update: Slot<Ident>,
    pub(crate) immutable: Slot<()>,
    pub(crate) identity: Slot<Identity>,
    pub(crate) serial: Slot<()>,
    pub(crate) generated: Slot<LitStr>,
    pub(crate) flatten: Slot<()>,
    pub(crate) comment: Slot<LitStr>,
    pub(crate) renamed_from: Slot<LitStr>,
    pub(crate) unmanaged: Slot<Vec<UnmanagedAttr>>,
}

/// `identity`, or `identity = by_default`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    Always,
    ByDefault,
}

impl ColumnAttr {
    /// Reads every `#[column(…)]` of a field.
    pub(crate) fn read(attrs: &[Attribute], diag: &mut Diagnostics) -> Self {
        let mut this = Self::default();
        for attr in attrs {
            if attr.path().is_ident("table") {
                diag.error_on(attr.path(), "`#[table(…)]` belongs on the struct: write `#[column(…)]` on a field");
            } else if attr.path().is_ident("column")
                && let Some(tokens) = arguments(attr, "column(primary_key)", diag)
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
            "primary_key" => self.primary_key.set(key, flag(entry, diag), diag),
            "name" => self.name.set(key, string(entry, diag), diag),
            "sql_type" => self.sql_type.set(key, string(entry, diag), diag),
            "default" => self.default.set(key, default_literal(entry, diag), diag),
            "default_sql" => self.default_sql.set(key, string(entry, diag), diag),
            "unique" => self.unique.set(key, flag(entry, diag), diag),
            "references" => self.references.set(key, handle(entry, diag), diag),
            "on_delete" => self.on_delete.set(key, word(entry, ACTIONS, diag), diag),
            "on_update" => self.on_update.set(key, word(entry, ACTIONS, diag), diag),
            "immutable" => self.immutable.set(key, flag(entry, diag), diag),
            "identity" => self.identity.set(key, identity(entry, diag), diag),
            "serial" => self.serial.set(key, flag(entry, diag), diag),
            "generated" => self.generated.set(key, string(entry, diag), diag),
            "flatten" => self.flatten.set(key, flag(entry, diag), diag),
            "comment" => self.comment.set(key, string(entry, diag), diag),
            "renamed_from" => self.renamed_from.set(key, string(entry, diag), diag),
            "unmanaged" => self.unmanaged.set(key, Some(UnmanagedAttr::of_column(entry, diag)), diag),
            other => unknown(other, key.span(), "column", diag),
        }
    }
}

fn identity(entry: &Entry, diag: &mut Diagnostics) -> Option<Identity> {
    if let Value::None = entry.value {
        return Some(Identity::Always);
    }
    let word = word(entry, &["always", "by_default"], diag)?;
    Some(if word == "always" { Identity::Always } else { Identity::ByDefault })
}
