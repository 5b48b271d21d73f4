//! Generates what the compiler verifies when types are known: calls in constants, each with the span of the token to blame.
//!
//! The constants are the discriminants of one enum. Each is evaluated on its own, so that every mistake is reported, and
//! no other form of constant takes fewer tokens.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;

use crate::attr::constraint::ForeignKeyAttr;
use crate::check::unknown_in_checks;
use crate::expand::constraints::target;
use crate::expand::field_item::field_item;
use crate::ir::{Column, Model, Source};
use crate::path::ends;

/// The checks of one model.
struct Checks(Vec<TokenStream>);

impl Checks {
    /// Adds `check(…)`, with the span of `blame`. The variant is named after the checked item.
    fn add(
        &mut self,
        what: &str,
        blame: &impl ToTokens,
        check: &str,
        generics: Option<&TokenStream>,
        list: TokenStream,
    ) {
        let (start, end) = ends(blame);
        let variant = format_ident!("{what}_{}", self.0.len());
        let mut list = Group::new(Delimiter::Parenthesis, list);
        list.set_span(end);
        let check = Ident::new(check, start);
        self.0.push(quote!(#variant = #check #generics #list));
    }

    /// Returns the number of the next check, for checks that do not belong to a column.
    fn nth(&self) -> Literal {
        Literal::usize_unsuffixed(self.0.len())
    }

    /// Adds the check of a column.
    fn column(&mut self, at: usize, column: &Column, blame: &impl ToTokens, check: &str) {
        let at = Literal::usize_unsuffixed(at);
        self.add(&column.field.ident.unraw().to_string(), blame, check, None, quote!(&__COLUMNS, #at));
    }
}

/// Generates the constants that verify a model.
pub(crate) fn verify(model: &Model) -> TokenStream {
    let mut checks = Checks(Vec::new());
    for (at, column) in model.columns.iter().enumerate() {
        of_column(model, at, column, &mut checks);
    }
    for key in &model.foreign_keys {
        of_foreign_key(model, key, &mut checks);
    }
    of_groups(model, &mut checks);
    let checks = checks.0;
    quote!(enum __Verify { #(#checks),* })
}

/// Checks the columns of groups: lists and checks name existing ones, and all names differ.
fn of_groups(model: &Model, checks: &mut Checks) {
    for (group, column) in model.group_columns() {
        let (ty, name, nth) = (&group.field.ty, column.column.unraw().to_string(), checks.nth());
        let list = quote!(<#ty as __ColumnGroup>::COLUMNS, #name, #nth);
        checks.add(&name, &column.column, "__verify_column", None, list);
    }
    if !model.groups.is_empty() {
        for (check, name) in unknown_in_checks(model) {
            let nth = checks.nth();
            checks.add("check", &check.sql, "__verify_column", None, quote!(&__COLUMNS, #name, #nth));
        }
    }
    if let Some(group) = model.groups.last() {
        let field = &group.field.ident;
        checks.add(&field.unraw().to_string(), field, "__verify_distinct", None, quote!(&__COLUMNS));
    }
}

fn of_column(model: &Model, at: usize, column: &Column, checks: &mut Checks) {
    if column.primary_key {
        checks.column(at, column, &column.field.ty, "__verify_key");
    } else if column.sql_type.is_none() && column.reference.is_none() {
        checks.column(at, column, &column.field.ty, "__verify_implied_type");
    }
    if let Some((_, span)) = &column.options.not_null {
        checks.column(at, column, &token(*span), "__verify_not_null");
    }
    if let Some(sql_type) = &column.sql_type {
        checks.column(at, column, sql_type, "__verify_sql_type");
    }
    match &column.value {
        Source::Literal(literal) => checks.column(at, column, &literal.tokens, "__verify_default"),
        Source::Identity(_, span) => checks.column(at, column, &token(*span), "__verify_identity"),
        Source::Serial(span) => checks.column(at, column, &token(*span), "__verify_serial"),
        _ => {}
    }
    let Some(reference) = &column.reference else { return };
    let words = [reference.on_delete.as_ref(), reference.on_update.as_ref()].into_iter().flatten();
    for word in words.filter(|word| *word == "set_null") {
        checks.column(at, column, word, "__verify_set_null");
    }
    joins(model, column, &reference.target, "__joins_key", checks);
}

fn of_foreign_key(model: &Model, key: &ForeignKeyAttr, checks: &mut Checks) {
    let own = key.columns.iter().filter(|column| column.group.is_none());
    let own: Vec<_> = own.filter_map(|column| model.column(&column.column)).collect();
    for ((_, column), path) in own.iter().zip(&key.references) {
        joins(model, column, path, "__joins", checks);
    }
    let words = [key.on_delete.get(), key.on_update.get()].into_iter().flatten();
    let is_limited = |word: &Ident| !key.set_columns.is_empty() && key.on_delete.get() == Some(word);
    let is_set = |column: &Column, word: &Ident| {
        !is_limited(word) || key.set_columns.iter().any(|set| set.column == column.field.ident)
    };
    for word in words.filter(|word| *word == "set_null") {
        for (at, column) in own.iter().filter(|(_, column)| is_set(column, word)) {
            checks.column(*at, column, word, "__verify_set_null");
        }
    }
    let targets: Vec<_> = key.references.iter().map(|path| target(model, path)).collect();
    // PostgreSQL requires a key without overlaps for a period.
    if let Some((owner, _)) = targets.first().filter(|_| !key.period.is_set()) {
        let (paths, handles) = (&key.references, targets.iter().map(|(_, handle)| handle));
        let (start, _) = ends(&paths[0]);
        let nth = checks.nth();
        checks.add(
            "key",
            &quote!(#(#paths),*),
            "__is_key",
            Some(&quote_spanned!(start=> ::<#owner>)),
            quote!(&[#(#handles.name()),*], #nth),
        );
    }
}

/// Checks that the column's type can reference the target's.
fn joins(model: &Model, column: &Column, path: &syn::Path, check: &str, checks: &mut Checks) {
    let (mark, (_, handle)) = (field_item(&column.field.ty, "MARK"), target(model, path));
    let nth = checks.nth();
    checks.add(&column.field.ident.unraw().to_string(), path, check, None, quote!(#mark, #handle, #nth));
}

/// Returns a token with the span `span`.
fn token(span: Span) -> TokenStream {
    Ident::new("_at", span).to_token_stream()
}
