//! Parses `#[column(…)]` on fields.

use proc_macro2::Ident;
use syn::{Attribute, LitStr, Path};

use crate::attr::clause::{Deferral, NotNullAttr, Parameters, SequenceAttr, deferral, numbered, parameters};
use crate::attr::entry::{Entry, Value, entries};
use crate::attr::keys::{ACTIONS, arguments, unknown};
use crate::attr::slot::Slot;
use crate::attr::unmanaged::UnmanagedAttr;
use crate::attr::value::{DefaultLiteral, default_literal, flag, handle, integer, string, word};
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
    /// The options of `identity(…)` or `serial(…)`.
    pub(crate) sequence: Option<SequenceAttr>,
    pub(crate) generated: Slot<LitStr>,
    pub(crate) generated_virtual: Slot<LitStr>,
    pub(crate) deferrable: Slot<Deferral>,
    pub(crate) collation: Slot<LitStr>,
    pub(crate) not_null: Slot<NotNullAttr>,
    pub(crate) storage: Slot<Ident>,
    pub(crate) compression: Slot<Ident>,
    pub(crate) statistics: Slot<i64>,
    pub(crate) with: Slot<Parameters>,
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
            "identity" => {
                let kind = self.identity(entry, diag);
                self.identity.set(key, kind, diag);
            }
            "serial" => {
                let serial = if matches!(entry.value, Value::List(..)) {
                    self.sequence_of(entry, &[], diag);
                    Some(())
                } else {
                    flag(entry, diag)
                };
                self.serial.set(key, serial, diag);
            }
            "generated" => self.generated.set(key, string(entry, diag), diag),
            "generated_virtual" => self.generated_virtual.set(key, string(entry, diag), diag),
            "deferrable" => self.deferrable.set(key, deferral(entry, diag), diag),
            "collation" => self.collation.set(key, string(entry, diag), diag),
            "not_null" => self.not_null.set(key, NotNullAttr::read(entry, diag), diag),
            "storage" => {
                self.storage.set(key, word(entry, &["extended", "external", "main", "plain"], diag), diag);
            }
            "compression" => self.compression.set(key, word(entry, &["lz4", "pglz"], diag), diag),
            "statistics" => self.statistics.set(key, statistics(entry, diag), diag),
            "with" => {
                let mut with = Parameters::new();
                parameters(entry, "with(n_distinct = 100)", &mut with, diag);
                for (name, _) in with.iter().filter(|(name, _)| name != "n_distinct" && name != "n_distinct_inherited")
                {
                    let message = "a column has no such option: `with` takes `n_distinct` and `n_distinct_inherited`";
                    diag.error(name.span(), message);
                }
                self.with.set(key, Some(with), diag);
            }
            "flatten" => self.flatten.set(key, flag(entry, diag), diag),
            "comment" => self.comment.set(key, string(entry, diag), diag),
            "renamed_from" => self.renamed_from.set(key, string(entry, diag), diag),
            "unmanaged" => self.unmanaged.set(key, Some(UnmanagedAttr::of_column(entry, diag)), diag),
            other => unknown(other, key.span(), "column", diag),
        }
    }
}

impl ColumnAttr {
    /// Reads `identity`, `identity = by_default` or `identity(by_default, start = 100)`.
    fn identity(&mut self, entry: &Entry, diag: &mut Diagnostics) -> Option<Identity> {
        let words = ["always", "by_default"];
        let word = match &entry.value {
            Value::None => None,
            Value::List(..) => {
                let word = self.sequence_of(entry, &words, diag);
                if let Some(key) = self.sequence.as_ref().and_then(|sequence| sequence.sql_type.span()) {
                    diag.error(key, "the sequence of an identity column has the column's type: remove `sql_type`");
                }
                word
            }
            Value::Is(_) => Some(word(entry, &words, diag)?),
        };
        Some(if word.is_some_and(|word| word == "by_default") { Identity::ByDefault } else { Identity::Always })
    }

    /// Reads the options of the column's sequence; returns the one of `words` among them.
    fn sequence_of(&mut self, entry: &Entry, words: &[&str], diag: &mut Diagnostics) -> Option<Ident> {
        let (word, sequence) = numbered(entry, words, diag);
        self.sequence = sequence;
        word
    }
}

fn statistics(entry: &Entry, diag: &mut Diagnostics) -> Option<i64> {
    let target = integer(entry, diag)?;
    if !(0..=10_000).contains(&target) {
        diag.error(entry.key.span(), "a statistics target is a number from 0 to 10000");
        return None;
    }
    Some(target)
}
