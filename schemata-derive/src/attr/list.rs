//! Parses lists in parentheses: of columns, and of columns with options between them.

use proc_macro2::{Ident, TokenStream, TokenTree};

use crate::attr::entry::{Entry, Value, split};
use crate::diag::Diagnostics;

/// A column in a list: a field, or a field of a flattened group.
pub(crate) struct ColumnRef {
    /// The group's field, in `audit.created_at`.
    pub(crate) group: Option<Ident>,
    pub(crate) column: Ident,
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
