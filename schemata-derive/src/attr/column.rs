//! `#[column(…)]` on a field.

use proc_macro2::{Ident, Span};
use syn::{Attribute, LitStr, Path};

use crate::attr::entry::{Entry, Value, entries};
use crate::attr::slot::Slot;
use crate::attr::table;
use crate::attr::value::{DefaultLiteral, default_literal, flag, handle, string, word};
use crate::diag::Diagnostics;
use crate::names::{list, nearest};

/// The keys, in the order messages list them.
pub(crate) const KEYS: &[&str] = &[
    "primary_key",
    "name",
    "sql_type",
    "default",
    "default_sql",
    "unique",
    "references",
    "on_delete",
    "on_update",
    "immutable",
    "identity",
    "generated",
    "flatten",
    "comment",
];

/// The words of `on_delete` and `on_update`.
pub(crate) const ACTIONS: &[&str] = &["cascade", "restrict", "set_null", "set_default", "no_action"];

/// What `#[column(…)]` says.
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
    pub(crate) generated: Slot<LitStr>,
    pub(crate) flatten: Slot<()>,
    pub(crate) comment: Slot<LitStr>,
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
                && let Some(tokens) = table::arguments(attr, "column(primary_key)", diag)
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
            "generated" => self.generated.set(key, string(entry, diag), diag),
            "flatten" => self.flatten.set(key, flag(entry, diag), diag),
            "comment" => self.comment.set(key, string(entry, diag), diag),
            other => unknown(other, key.span(), diag),
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

fn unknown(key: &str, at: Span, diag: &mut Diagnostics) {
    let keys = list(KEYS);
    if table::KEYS.contains(&key) {
        diag.error(at, format!("`{key}` is a key of `#[table]`: write it there, on the struct"));
    } else if let Some(near) = nearest(key, KEYS.iter().copied()) {
        diag.error(at, format!("unknown key `{key}`: did you mean `{near}`? `#[column]` takes {keys}"));
    } else {
        diag.error(at, format!("unknown key `{key}`: `#[column]` takes {keys}"));
    }
}
