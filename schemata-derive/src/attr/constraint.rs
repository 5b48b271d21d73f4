//! Parses the keys of `#[table]` that hold lists: `unique`, `check`, `foreign_key`. `index` has a file of its own.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::{LitStr, Path};

use crate::attr::entry::{Entry, Value, entry, split};
use crate::attr::keys::ACTIONS;
use crate::attr::slot::Slot;
use crate::attr::value::{flag, path_list, string, word};
use crate::diag::Diagnostics;

/// A column in a list: a field, or a field of a flattened group.
pub(crate) struct ColumnRef {
    /// The group's field, in `audit.created_at`.
    pub(crate) group: Option<Ident>,
    pub(crate) column: Ident,
}

/// `unique(a, b, nulls_not_distinct, name = "…")`.
#[derive(Default)]
pub(crate) struct UniqueAttr {
    pub(crate) columns: Vec<ColumnRef>,
    pub(crate) nulls_not_distinct: Slot<()>,
    pub(crate) name: Slot<LitStr>,
}

/// `check(name = "…", sql = "…")`, or `check("name", "sql")`.
pub(crate) struct CheckAttr {
    pub(crate) name: LitStr,
    pub(crate) sql: LitStr,
}

/// `foreign_key(columns(a, b), references(Parent::a, Parent::b), on_delete = cascade, name = "…")`.
pub(crate) struct ForeignKeyAttr {
    pub(crate) span: Span,
    pub(crate) columns: Vec<ColumnRef>,
    pub(crate) references: Vec<Path>,
    pub(crate) on_delete: Slot<Ident>,
    pub(crate) on_update: Slot<Ident>,
    pub(crate) name: Slot<LitStr>,
}

/// Returns the content of the parentheses of `key(…)`.
pub(super) fn list<'e>(of: &'e Entry, example: &str, diag: &mut Diagnostics) -> Option<&'e TokenStream> {
    match &of.value {
        Value::List(tokens, _) if !tokens.is_empty() => Some(tokens),
        Value::List(_, span) => {
            diag.error(*span, format!("`{}` names no columns: write `{example}`", of.key));
            None
        }
        _ => {
            diag.error(of.key.span(), format!("`{}` takes a list in parentheses: write `{example}`", of.key));
            None
        }
    }
}

/// Reads `a` or `group.a`; `None` if the entry is something else.
pub(super) fn column_ref(part: &[TokenTree]) -> Option<ColumnRef> {
    match part {
        [TokenTree::Ident(column)] => Some(ColumnRef { group: None, column: column.clone() }),
        [TokenTree::Ident(group), TokenTree::Punct(dot), TokenTree::Ident(column)] if dot.as_char() == '.' => {
            Some(ColumnRef { group: Some(group.clone()), column: column.clone() })
        }
        _ => None,
    }
}

/// Reads a list of columns, and nothing else.
pub(super) fn columns(of: &Entry, example: &str, diag: &mut Diagnostics) -> Vec<ColumnRef> {
    let Some(tokens) = list(of, example, diag) else { return Vec::new() };
    let read = |part: Vec<TokenTree>| {
        let column = column_ref(&part);
        if column.is_none() {
            diag.error_on(&part.into_iter().collect::<TokenStream>(), format!("expected a column: write `{example}`"));
        }
        column
    };
    split(tokens.clone()).into_iter().filter_map(read).collect()
}

pub(super) fn unknown_option(of: &Entry, takes: &str, diag: &mut Diagnostics) {
    diag.error(of.key.span(), format!("unknown option `{}`: here you can write {takes}", of.key));
}

/// Reads the name in `primary_key(name = "…")`. The columns of the key are marked on their fields.
pub(crate) fn primary_key_name(of: &Entry, diag: &mut Diagnostics) -> Option<LitStr> {
    let write = "`primary_key` of `#[table]` names the constraint: write `primary_key(name = \"orders_pk\")`; the fields say \
                 what the key is, by `#[column(primary_key)]`";
    let Value::List(tokens, _) = &of.value else {
        diag.error(of.key.span(), write);
        return None;
    };
    let (mut name, mut tried) = (Slot::default(), false);
    for part in split(tokens.clone()) {
        if let Some(column) = column_ref(&part) {
            diag.error(column.column.span(), write);
            tried = true;
        } else if let Some(option) = entry(part, diag) {
            match option.key.to_string().as_str() {
                "name" => name.set(&option.key, string(&option, diag), diag),
                _ => unknown_option(&option, "`name = \"…\"`", diag),
            }
            tried = true;
        }
    }
    if !tried {
        diag.error(of.key.span(), write);
    }
    name.into_inner()
}

impl UniqueAttr {
    /// Reads `unique(…)`.
    pub(crate) fn read(of: &Entry, diag: &mut Diagnostics) -> Option<Self> {
        let tokens = list(of, "unique(order_id, sku)", diag)?;
        let mut this = Self::default();
        for part in split(tokens.clone()) {
            match column_ref(&part) {
                Some(column) if column.group.is_some() || column.column != "nulls_not_distinct" => {
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
            _ => unknown_option(&option, "columns, `nulls_not_distinct` and `name = \"…\"`", diag),
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
            return Some(Self { name, sql });
        }
        let (mut name, mut sql) = (Slot::default(), Slot::default());
        for part in parts {
            let option = entry(part, diag)?;
            match option.key.to_string().as_str() {
                "name" => name.set(&option.key, string(&option, diag), diag),
                "sql" => sql.set(&option.key, string(&option, diag), diag),
                _ => unknown_option(&option, "`name = \"…\"` and `sql = \"…\"`", diag),
            }
        }
        if !(name.was_tried() && sql.was_tried()) {
            diag.error(of.key.span(), format!("`check` takes a name and a condition: write `{example}`"));
        }
        Some(Self { name: name.get()?.clone(), sql: sql.get()?.clone() })
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
                "on_delete" => this.on_delete.set(&option.key, word(&option, ACTIONS, diag), diag),
                "on_update" => this.on_update.set(&option.key, word(&option, ACTIONS, diag), diag),
                "name" => this.name.set(&option.key, string(&option, diag), diag),
                _ => unknown_option(
                    &option,
                    "`columns(…)`, `references(…)`, `on_delete = …`, `on_update = …` and `name = \"…\"`",
                    diag,
                ),
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
}
