//! What writes need beside setters: unique keys as constants (`Customer::by_email`, one for each unique constraint and each
//! unique index over columns), and which column groups the model has.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;

use crate::ir::{Model, UniqueKey};

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

/// The constants, as items of the inherent impl.
pub(crate) fn keys(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let constant = |UniqueKey { name, columns, kind, at }: UniqueKey<'_>| {
        let span = columns.first().map_or_else(Span::call_site, |name| name.span());
        let (name, kind) = (Ident::new(&name, span), Ident::new(kind, Span::mixed_site()));
        let (vis, at) = (&model.vis, Literal::usize_unsuffixed(at));
        quote!(#vis const #name: __model::UniqueKey<#ident> = __UniqueKey::#kind(#at);)
    };
    // A field of that name is refused, and both at once would be refused again.
    let taken = |name: &str| model.columns.iter().any(|column| column.field.ident.unraw() == name);
    model.unique_keys().into_iter().filter(|key| !taken(&key.name)).map(constant).collect()
}
