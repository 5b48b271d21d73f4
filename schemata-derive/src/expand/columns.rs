//! Generates column handles: `Order::status`, and `Order::audit.created_at` for a group.

use proc_macro2::TokenStream;
use quote::quote;

use crate::ir::{Field, Model};

/// Generates the inherent impl with the handles and the finders.
pub(crate) fn handles(model: &Model, finders: &TokenStream) -> TokenStream {
    let ident = &model.ident;
    let columns = model.columns.iter().map(|column| {
        let Field { ident, vis, ty, docs } = &column.field;
        let name = &column.name.text;
        quote!(#(#docs)* #vis const #ident: __Col<Self, #ty> = __col(#name);)
    });
    let groups = model.groups.iter().map(|group| {
        let Field { ident, vis, ty, docs } = &group.field;
        quote! {
            #(#docs)* #vis const #ident: __Handles<#ty, Self> = __handles::<#ty, Self>();
        }
    });
    quote!(impl #ident { #(#columns)* #(#groups)* #finders })
}
