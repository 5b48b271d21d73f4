//! Generates unique keys as constants (`Customer::by_email`, one per unique constraint and per unique index over columns or with
//! a name), and the traits that tell which column groups the model has.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;

use crate::ir::{Model, UniqueKey};

/// Returns [`keys`] and [`groups`].
pub(crate) fn later(model: &Model) -> [TokenStream; 2] {
    [keys(model), groups(model)]
}

/// Generates `impl __Has<Audit> for Order` per group. Methods of writes that need a group require it.
pub(crate) fn groups(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let impls = model.groups.iter().map(|group| {
        let ty = &group.field.ty;
        quote!(impl __Has<#ty> for #ident {})
    });
    impls.collect()
}

/// Generates the constants, as items of the inherent impl.
pub(crate) fn keys(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let constant = |UniqueKey { name, columns, kind, is_plain, at }: UniqueKey<'_>| {
        let span = columns.first().map_or_else(Span::call_site, |name| name.span());
        let (name, kind) = (Ident::new(&name, span), Ident::new(kind, Span::mixed_site()));
        let (vis, at) = (&model.vis, Literal::usize_unsuffixed(at));
        if !is_plain {
            return quote!(#vis const #name: __model::DeferrableKey<#ident> = __model::DeferrableKey::new(););
        }
        quote!(#vis const #name: __model::UniqueKey<#ident> = __UniqueKey::#kind(#at);)
    };
    // A field of that name was refused already. Two items would be a second error.
    let taken = |name: &str| model.columns.iter().any(|column| column.field.ident.unraw() == name);
    model.unique_keys().into_iter().filter(|key| !taken(&key.name)).map(constant).collect()
}
