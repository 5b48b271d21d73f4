//! What the compiler verifies once types are known: calls in constants, each with the span of the token to blame.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use crate::expand::constraints::target;
use crate::expand::field_item;
use crate::ir::{Column, Model, Source};
use crate::path::ends;

/// The constants that verify a model.
pub(crate) fn verify(model: &Model) -> TokenStream {
    let columns: TokenStream =
        model.columns.iter().enumerate().map(|(at, column)| of_column(model, at, column)).collect();
    let groups = model.groups.last().map(|group| {
        let call = spanned(&group.field.ident, &quote!(__verify_distinct), &quote!(__COLUMNS));
        quote!(const _: () = #call;)
    });
    let keys: TokenStream = model.foreign_keys.iter().map(|key| of_foreign_key(model, key)).collect();
    quote!(#columns #groups #keys)
}

fn of_column(model: &Model, at: usize, column: &Column) -> TokenStream {
    let verify = |span: Span, check: &str| {
        let (check, at) = (Ident::new(check, span), Literal::usize_unsuffixed(at));
        let call = quote_spanned!(span=> #check(__COLUMNS, #at));
        quote!(const _: () = #call;)
    };
    let on_type = |check: &str| {
        let at = Literal::usize_unsuffixed(at);
        let call = spanned(&column.field.ty, &Ident::new(check, Span::call_site()), &quote!(__COLUMNS, #at));
        quote!(const _: () = #call;)
    };
    let mut out = TokenStream::new();
    if column.primary_key {
        out.extend(on_type("__verify_key"));
    } else if column.sql_type.is_none() {
        out.extend(on_type("__verify_implied_type"));
    }
    if let Some(sql_type) = &column.sql_type {
        out.extend(verify(here(sql_type.span()), "__verify_sql_type"));
    }
    match &column.value {
        Source::Literal(literal) => out.extend(verify(here(literal.span), "__verify_default")),
        Source::Identity(_, span) => out.extend(verify(here(*span), "__verify_identity")),
        _ => {}
    }
    if let Some(reference) = &column.reference {
        let (owner, handle) = target(model, &reference.target);
        let words = [reference.on_delete.as_ref(), reference.on_update.as_ref()].into_iter().flatten();
        let words = words.filter(|word| *word == "set_null");
        out.extend(words.map(|word| verify(here(word.span()), "__verify_set_null")));
        out.extend(joins(column, &reference.target, &handle));
        out.extend(is_key(&reference.target, &owner, &[handle]));
    }
    out
}

fn of_foreign_key(model: &Model, key: &crate::attr::constraint::ForeignKeyAttr) -> TokenStream {
    let targets: Vec<_> = key.references.iter().map(|path| target(model, path)).collect();
    let own = key.columns.iter().filter_map(|column| model.column(&column.column));
    let mut out: TokenStream = own
        .zip(key.references.iter().zip(&targets))
        .map(|((_, column), (path, (_, handle)))| joins(column, path, handle))
        .collect();
    if let Some((owner, _)) = targets.first() {
        let handles: Vec<_> = targets.iter().map(|(_, handle)| handle.clone()).collect();
        let paths = &key.references;
        out.extend(is_key(&quote!(#(#paths),*), owner, &handles));
    }
    out
}

/// The column's type can reference the target's.
fn joins(column: &Column, path: &syn::Path, handle: &TokenStream) -> TokenStream {
    let mark = field_item(&column.field.ty, "MARK");
    let call = spanned(path, &quote!(__joins), &quote!(#mark, #handle));
    quote!(const _: () = #call;)
}

/// The targets are unique together.
fn is_key(blame: &impl ToTokens, owner: &TokenStream, handles: &[TokenStream]) -> TokenStream {
    let call = spanned(blame, &quote!(__is_key::<#owner>), &quote!(&[#(#handles.name()),*]));
    quote!(const _: () = #call;)
}

/// `function(arguments)`, from where `blame` begins to where it ends.
fn spanned(blame: &impl ToTokens, function: &impl ToTokens, arguments: &TokenStream) -> TokenStream {
    let (start, end) = ends(blame);
    let function: TokenStream = function
        .to_token_stream()
        .into_iter()
        .enumerate()
        .map(|(i, mut token)| {
            if i == 0 {
                token.set_span(start);
            }
            token
        })
        .collect();
    let mut list = proc_macro2::Group::new(proc_macro2::Delimiter::Parenthesis, arguments.clone());
    list.set_span(end);
    quote!(#function #list)
}

fn here(span: Span) -> Span {
    Span::call_site().located_at(span)
}
