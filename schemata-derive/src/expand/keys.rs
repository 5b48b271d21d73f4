//! What writes need beside setters: unique keys as constants (`Customer::by_email`, one for each unique constraint and each
//! unique index over columns), and which column groups the model has.

use std::collections::HashSet;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;

use crate::attr::constraint::ColumnRef;
use crate::attr::index::Indexed;
use crate::ir::Model;

/// [`keys`], and [`groups`].
pub(crate) fn later(model: &Model) -> [TokenStream; 2] {
    [keys(model), groups(model)]
}

/// `impl __Has<Audit> for Order`, for each group: what the methods of writes that need one ask for.
pub(crate) fn groups(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let impls = model.groups.iter().map(|group| {
        let ty = &group.field.ty;
        quote!(impl __Has<#ty> for #ident {})
    });
    impls.collect()
}

/// The constants, as items of the inherent impl. A second key over the same columns is called `…_2`.
pub(crate) fn keys(model: &Model) -> TokenStream {
    let single = model.columns.iter().filter(|column| column.unique.is_some()).map(|column| vec![&column.field.ident]);
    let listed = model.uniques.iter().map(|unique| names(unique.columns.iter()));
    let uniques = single.chain(listed).enumerate().map(|(at, names)| (names, "unique", at));
    let indexes = model.indexes.iter().enumerate().filter(|(_, index)| index.unique.is_set());
    let indexes = indexes.filter_map(|(at, index)| {
        let columns = index.parts.iter().map(|part| match &part.of {
            Indexed::Column(column) => Some(column),
            Indexed::Expression(_) => None,
        });
        Some((names(columns.collect::<Option<Vec<_>>>()?.into_iter()), "index", at))
    });
    let mut seen = HashSet::new();
    let all = uniques.chain(indexes);
    all.map(|(names, kind, at)| {
        let columns: Vec<String> = names.iter().map(|name| name.unraw().to_string()).collect();
        let plain = format!("by_{}", columns.join("_and_"));
        let name = std::iter::once(plain.clone()).chain((2..).map(|n| format!("{plain}_{n}")));
        let name = name.into_iter().find(|name| seen.insert(name.clone())).unwrap_or(plain);
        let span = names.first().map_or_else(Span::call_site, |name| name.span());
        let (name, kind) = (Ident::new(&name, span), Ident::new(kind, Span::mixed_site()));
        let (vis, at) = (&model.vis, Literal::usize_unsuffixed(at));
        quote!(#vis const #name: __UniqueKey<Self> = __UniqueKey::#kind(#at);)
    })
    .collect()
}

fn names<'a>(columns: impl Iterator<Item = &'a ColumnRef>) -> Vec<&'a Ident> {
    columns.map(|column| &column.column).collect()
}
