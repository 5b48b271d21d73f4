//! Parses clauses that several kinds of constraints and columns share: `deferrable`, `not_valid`, `with(…)`, the options of
//! sequences, and NOT NULL as a constraint.

use proc_macro2::{Ident, TokenTree};
use syn::LitStr;

use crate::attr::entry::{Entry, Value, entries, entry, split};
use crate::attr::list::{ColumnRef, columns, list, unknown_option};
use crate::attr::slot::Slot;
use crate::attr::value::{flag, integer, parameter, string, word};
use crate::diag::Diagnostics;

/// `deferrable`, or `deferrable = initially_deferred`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deferral {
    Immediate,
    Deferred,
}

/// The options of a sequence: `start = 100, increment = 10, min = 1, max = 99, cache = 20, cycle, sql_type = "bigint"`.
#[derive(Default)]
pub(crate) struct SequenceAttr {
    /// The numbers by the names of their setters.
    pub(crate) numbers: Vec<(Ident, i64)>,
    pub(crate) cycle: Slot<()>,
    pub(crate) sql_type: Slot<LitStr>,
}

/// `not_null(name = "…", no_inherit, not_valid, comment = "…")`.
#[derive(Default)]
pub(crate) struct NotNullAttr {
    pub(crate) name: Slot<LitStr>,
    pub(crate) no_inherit: Slot<()>,
    pub(crate) not_valid: Slot<()>,
    pub(crate) comment: Slot<LitStr>,
}

/// `not_valid` or `not_enforced`, the two of which exclude each other.
#[derive(Default)]
pub(crate) struct ValidityAttr {
    pub(crate) not_valid: Slot<()>,
    pub(crate) not_enforced: Slot<()>,
}

/// The clauses of primary keys and unique constraints.
#[derive(Default)]
pub(crate) struct KeyClauses {
    pub(crate) deferrable: Slot<Deferral>,
    pub(crate) include: Vec<ColumnRef>,
    pub(crate) without_overlaps: Slot<()>,
    pub(crate) comment: Slot<LitStr>,
}

/// Storage parameters, as name and value.
pub(crate) type Parameters = Vec<(Ident, String)>;

/// The words of [`KeyClauses`] without a value.
pub(crate) const KEY_FLAGS: &[&str] = &["deferrable", "without_overlaps"];

/// Reads `deferrable`, or `deferrable = initially_deferred`.
pub(crate) fn deferral(entry: &Entry, diag: &mut Diagnostics) -> Option<Deferral> {
    if let Value::None = entry.value {
        return Some(Deferral::Immediate);
    }
    let word = word(entry, &["initially_deferred", "initially_immediate"], diag)?;
    Some(if word == "initially_deferred" { Deferral::Deferred } else { Deferral::Immediate })
}

/// Reads `with(fillfactor = 70, autovacuum_enabled = off)` into `all`.
pub(crate) fn parameters(of: &Entry, example: &str, all: &mut Parameters, diag: &mut Diagnostics) {
    let Some(tokens) = list(of, example, diag) else { return };
    for option in entries(tokens.clone(), diag) {
        if all.iter().any(|(name, _)| *name == option.key) {
            diag.error(option.key.span(), format!("`{}` is given twice: remove one of them", option.key));
        } else if let Some(value) = parameter(&option, diag) {
            all.push((option.key, value));
        }
    }
}

impl SequenceAttr {
    /// Reads one option; returns whether it is one.
    pub(crate) fn take(&mut self, option: &Entry, diag: &mut Diagnostics) -> bool {
        match option.key.to_string().as_str() {
            "start" | "increment" | "min" | "max" | "cache" => {
                if self.numbers.iter().any(|(name, _)| *name == option.key) {
                    diag.error(option.key.span(), format!("`{}` is given twice: remove one of them", option.key));
                } else if let Some(number) = integer(option, diag) {
                    self.numbers.push((option.key.clone(), number));
                }
            }
            "cycle" => self.cycle.set(&option.key, flag(option, diag), diag),
            "sql_type" => self.sql_type.set(&option.key, string(option, diag), diag),
            _ => return false,
        }
        true
    }
}

impl NotNullAttr {
    /// Reads `not_null(…)`.
    pub(crate) fn read(of: &Entry, diag: &mut Diagnostics) -> Option<Self> {
        let example = "not_null(name = \"orders_total_given\")";
        let Value::List(tokens, _) = &of.value else {
            let message = format!(
                "a column is NOT NULL unless its type is an `Option`; `not_null` names the constraint: write `{example}`"
            );
            diag.error(of.key.span(), message);
            return None;
        };
        let mut this = Self::default();
        for option in entries(tokens.clone(), diag) {
            let key = &option.key;
            match key.to_string().as_str() {
                "name" => this.name.set(key, string(&option, diag), diag),
                "no_inherit" => this.no_inherit.set(key, flag(&option, diag), diag),
                "not_valid" => this.not_valid.set(key, flag(&option, diag), diag),
                "comment" => this.comment.set(key, string(&option, diag), diag),
                _ => unknown_option(&option, "`name = \"…\"`, `no_inherit`, `not_valid` and `comment = \"…\"`", diag),
            }
        }
        Some(this)
    }
}

impl ValidityAttr {
    /// Reads `not_valid` or `not_enforced`; returns whether the option is one of them.
    pub(crate) fn take(&mut self, option: &Entry, diag: &mut Diagnostics) -> bool {
        let key = &option.key;
        match key.to_string().as_str() {
            "not_valid" => self.not_valid.set(key, flag(option, diag), diag),
            "not_enforced" => self.not_enforced.set(key, flag(option, diag), diag),
            _ => return false,
        }
        if self.not_valid.is_set() && self.not_enforced.is_set() {
            diag.error(key.span(), "a constraint that is not enforced is never valid: remove `not_valid`");
        }
        true
    }
}

impl KeyClauses {
    /// The options, for messages.
    pub(crate) const OPTIONS: &str =
        "`include(…)`, `deferrable`, `deferrable = initially_deferred`, `without_overlaps` and `comment = \"…\"`";

    /// Reads one clause; returns whether it is one.
    pub(crate) fn take(&mut self, option: &Entry, diag: &mut Diagnostics) -> bool {
        let key = &option.key;
        match key.to_string().as_str() {
            "deferrable" => self.deferrable.set(key, deferral(option, diag), diag),
            "include" => self.include.extend(columns(option, "include(order_total)", diag)),
            "without_overlaps" => self.without_overlaps.set(key, flag(option, diag), diag),
            "comment" => self.comment.set(key, string(option, diag), diag),
            _ => return false,
        }
        true
    }

    /// Returns whether ON CONFLICT and foreign keys can use the key.
    pub(crate) fn is_plain(&self) -> bool {
        !(self.deferrable.is_set() || self.without_overlaps.is_set())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.is_plain() && self.include.is_empty() && !self.comment.is_set()
    }
}

/// Reads `identity(by_default, start = 100)`: the word, and the options of the sequence.
pub(crate) fn numbered(of: &Entry, words: &[&str], diag: &mut Diagnostics) -> (Option<Ident>, Option<SequenceAttr>) {
    let Value::List(tokens, _) = &of.value else { return (None, None) };
    let (mut word, mut sequence) = (None, SequenceAttr::default());
    for part in split(tokens.clone()) {
        if let [TokenTree::Ident(only)] = part.as_slice()
            && words.contains(&only.to_string().as_str())
        {
            word = Some(only.clone());
        } else if let Some(option) = entry(part, diag)
            && !sequence.take(&option, diag)
        {
            unknown_option(
                &option,
                "`start`, `increment`, `min`, `max` and `cache` with a number, `cycle`, and the type of a `serial` \
                 column's sequence, `sql_type = \"bigint\"`",
                diag,
            );
        }
    }
    (word, Some(sequence))
}
