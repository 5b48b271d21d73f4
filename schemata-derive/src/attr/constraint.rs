//! Parses the keys of `#[table]` that hold lists: `unique`, `check`, `foreign_key`. `index` has a file of its own.

use proc_macro2::{Ident, Span, TokenTree};
use syn::{LitStr, Path};

use crate::attr::clause::{Deferral, KEY_FLAGS, KeyClauses, ValidityAttr, deferral};
use crate::attr::entry::{Entry, Value, entry, split};
use crate::attr::keys::ACTIONS;
use crate::attr::list::{ColumnRef, column_ref, columns, list, unknown_option};
use crate::attr::slot::Slot;
use crate::attr::value::{flag, path_list, string, word};
use crate::diag::Diagnostics;

/// `unique(a, b, nulls_not_distinct, name = "…")`.
#[derive(Default)]
pub(crate) struct UniqueAttr {
    pub(crate) columns: Vec<ColumnRef>,
    pub(crate) nulls_not_distinct: Slot<()>,
    pub(crate) name: Slot<LitStr>,
    pub(crate) clauses: KeyClauses,
}

/// `check(name = "…", sql = "…")`, or `check("name", "sql")`.
pub(crate) struct CheckAttr {
    pub(crate) name: LitStr,
    pub(crate) sql: LitStr,
    pub(crate) no_inherit: Slot<()>,
    pub(crate) validity: ValidityAttr,
    pub(crate) comment: Slot<LitStr>,
}

/// `foreign_key(columns(a, b), references(Parent::a, Parent::b), on_delete = cascade, name = "…")`.
pub(crate) struct ForeignKeyAttr {
    pub(crate) span: Span,
    pub(crate) columns: Vec<ColumnRef>,
    pub(crate) references: Vec<Path>,
    pub(crate) on_delete: Slot<Ident>,
    pub(crate) on_update: Slot<Ident>,
    /// The columns in `on_delete = set_null(…)`.
    pub(crate) set_columns: Vec<ColumnRef>,
    pub(crate) match_full: Slot<()>,
    pub(crate) deferrable: Slot<Deferral>,
    pub(crate) validity: ValidityAttr,
    pub(crate) period: Slot<()>,
    pub(crate) comment: Slot<LitStr>,
    pub(crate) name: Slot<LitStr>,
}

/// `primary_key(name = "…", deferrable, include(a), without_overlaps, comment = "…")` of a table.
#[derive(Default)]
pub(crate) struct PrimaryKeyAttr {
    pub(crate) name: Slot<LitStr>,
    pub(crate) clauses: KeyClauses,
}

/// Reads `primary_key(name = "…")` and its clauses. The columns of the key are marked on their fields.
pub(crate) fn primary_key(of: &Entry, diag: &mut Diagnostics) -> Option<PrimaryKeyAttr> {
    let write = "`primary_key` of `#[table]` names the constraint: write `primary_key(name = \"orders_pk\")`; the fields say \
                 what the key is, by `#[column(primary_key)]`";
    let Value::List(tokens, _) = &of.value else {
        diag.error(of.key.span(), write);
        return None;
    };
    let (mut this, mut tried) = (PrimaryKeyAttr::default(), false);
    for part in split(tokens.clone()) {
        let is_flag =
            |column: &ColumnRef| column.group.is_none() && KEY_FLAGS.contains(&column.column.to_string().as_str());
        if let Some(column) = column_ref(&part).filter(|column| !is_flag(column)) {
            diag.error(column.column.span(), write);
            tried = true;
        } else if let Some(option) = entry(part, diag) {
            match option.key.to_string().as_str() {
                "name" => this.name.set(&option.key, string(&option, diag), diag),
                _ if this.clauses.take(&option, diag) => {}
                _ => unknown_option(&option, &format!("`name = \"…\"`, {}", KeyClauses::OPTIONS), diag),
            }
            tried = true;
        }
    }
    if !tried {
        diag.error(of.key.span(), write);
    }
    Some(this)
}

impl UniqueAttr {
    /// Reads `unique(…)`.
    pub(crate) fn read(of: &Entry, diag: &mut Diagnostics) -> Option<Self> {
        let tokens = list(of, "unique(order_id, sku)", diag)?;
        let mut this = Self::default();
        for part in split(tokens.clone()) {
            match column_ref(&part) {
                Some(column) if column.group.is_some() || !is_unique_flag(&column.column) => {
                    this.columns.push(column);
                }
                _ => this.option(part, diag),
            }
        }
        if this.columns.is_empty() {
            diag.error(of.key.span(), "`unique` names no columns: write `unique(order_id, sku)`");
            return None;
        }
        Some(this)
    }

    fn option(&mut self, part: Vec<TokenTree>, diag: &mut Diagnostics) {
        let Some(option) = entry(part, diag) else { return };
        match option.key.to_string().as_str() {
            "nulls_not_distinct" => self.nulls_not_distinct.set(&option.key, flag(&option, diag), diag),
            "name" => self.name.set(&option.key, string(&option, diag), diag),
            _ if self.clauses.take(&option, diag) => {}
            _ => {
                let takes = format!("columns, `nulls_not_distinct`, `name = \"…\"`, {}", KeyClauses::OPTIONS);
                unknown_option(&option, &takes, diag);
            }
        }
    }
}

impl CheckAttr {
    /// Reads `check(…)`.
    pub(crate) fn read(of: &Entry, diag: &mut Diagnostics) -> Option<Self> {
        let example = "check(name = \"positive_total\", sql = \"order_total >= 0\")";
        let Value::List(tokens, _) = &of.value else {
            diag.error(of.key.span(), format!("`check` takes a name and a condition: write `{example}`"));
            return None;
        };
        let short = |text: &[TokenTree]| syn::parse2::<LitStr>(text.iter().cloned().collect()).ok();
        let parts = split(tokens.clone());
        if let [name, sql] = parts.as_slice()
            && let (Some(name), Some(sql)) = (short(name), short(sql))
        {
            return Some(Self::new(name, sql));
        }
        let (mut name, mut sql) = (Slot::default(), Slot::default());
        let (mut no_inherit, mut comment) = (Slot::default(), Slot::default());
        let mut validity = ValidityAttr::default();
        for part in parts {
            let option = entry(part, diag)?;
            match option.key.to_string().as_str() {
                "name" => name.set(&option.key, string(&option, diag), diag),
                "sql" => sql.set(&option.key, string(&option, diag), diag),
                "no_inherit" => no_inherit.set(&option.key, flag(&option, diag), diag),
                "comment" => comment.set(&option.key, string(&option, diag), diag),
                _ if validity.take(&option, diag) => {}
                _ => unknown_option(
                    &option,
                    "`name = \"…\"`, `sql = \"…\"`, `no_inherit`, `not_valid`, `not_enforced` and `comment = \"…\"`",
                    diag,
                ),
            }
        }
        if !(name.was_tried() && sql.was_tried()) {
            diag.error(of.key.span(), format!("`check` takes a name and a condition: write `{example}`"));
        }
        let (name, sql) = (name.get()?.clone(), sql.get()?.clone());
        Some(Self { no_inherit, validity, comment, ..Self::new(name, sql) })
    }

    fn new(name: LitStr, sql: LitStr) -> Self {
        let (no_inherit, comment) = (Slot::default(), Slot::default());
        Self { name, sql, no_inherit, validity: ValidityAttr::default(), comment }
    }
}

impl ForeignKeyAttr {
    /// Reads `foreign_key(…)`.
    pub(crate) fn read(of: &Entry, diag: &mut Diagnostics) -> Option<Self> {
        let example = "foreign_key(columns(order_id, line), references(Line::order_id, Line::number))";
        let tokens = list(of, example, diag)?;
        let mut this = Self {
            span: of.key.span(),
            columns: Vec::new(),
            references: Vec::new(),
            on_delete: Slot::default(),
            on_update: Slot::default(),
            set_columns: Vec::new(),
            match_full: Slot::default(),
            deferrable: Slot::default(),
            validity: ValidityAttr::default(),
            period: Slot::default(),
            comment: Slot::default(),
            name: Slot::default(),
        };
        let mut sides = (false, false);
        for part in split(tokens.clone()) {
            let Some(option) = entry(part, diag) else { continue };
            match option.key.to_string().as_str() {
                "columns" => {
                    sides.0 = true;
                    this.columns.extend(columns(&option, "columns(order_id, line)", diag));
                }
                "references" => {
                    sides.1 = true;
                    this.references.extend(path_list(&option, diag));
                }
                _ => this.option(&option, diag),
            }
        }
        if sides != (true, true) {
            diag.error(
                of.key.span(),
                format!("`foreign_key` takes columns and what they reference: write `{example}`"),
            );
            return None;
        }
        Some(this)
    }

    fn option(&mut self, option: &Entry, diag: &mut Diagnostics) {
        let key = &option.key;
        match key.to_string().as_str() {
            "on_delete" => {
                let (option, columns) = limited_action(option, diag);
                self.set_columns.extend(columns);
                self.on_delete.set(key, word(&option, ACTIONS, diag), diag);
            }
            "on_update" => self.on_update.set(key, word(option, ACTIONS, diag), diag),
            "match_full" => self.match_full.set(key, flag(option, diag), diag),
            "deferrable" => self.deferrable.set(key, deferral(option, diag), diag),
            "period" => self.period.set(key, flag(option, diag), diag),
            "comment" => self.comment.set(key, string(option, diag), diag),
            "name" => self.name.set(key, string(option, diag), diag),
            _ if self.validity.take(option, diag) => {}
            _ => unknown_option(
                option,
                "`columns(…)`, `references(…)`, `on_delete = …`, `on_update = …`, `match_full`, `deferrable`, `period`, \
                 `not_valid`, `not_enforced`, `comment = \"…\"` and `name = \"…\"`",
                diag,
            ),
        }
    }
}

/// Splits `on_delete = set_null(a, b)` in the action and its columns.
fn limited_action(option: &Entry, diag: &mut Diagnostics) -> (Entry, Vec<ColumnRef>) {
    let unlimited = |value| Entry { key: option.key.clone(), value };
    let Value::Is(tokens) = &option.value else {
        let value = match &option.value {
            Value::List(tokens, span) => Value::List(tokens.clone(), *span),
            _ => Value::None,
        };
        return (unlimited(value), Vec::new());
    };
    let parts: Vec<TokenTree> = tokens.clone().into_iter().collect();
    match parts.as_slice() {
        [TokenTree::Ident(action), TokenTree::Group(group)] if action == "set_null" || action == "set_default" => {
            let list = Entry { key: action.clone(), value: Value::List(group.stream(), group.span()) };
            let columns = columns(&list, "on_delete = set_null(customer_id)", diag);
            (unlimited(Value::Is(parts[0].clone().into())), columns)
        }
        _ => (unlimited(Value::Is(tokens.clone())), Vec::new()),
    }
}

fn is_unique_flag(word: &Ident) -> bool {
    word == "nulls_not_distinct" || KEY_FLAGS.contains(&word.to_string().as_str())
}
