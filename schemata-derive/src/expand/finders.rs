//! Generates a finder per unique key whose columns are all fields of the struct.

use std::collections::HashSet;

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use crate::ir::{Column, Model};
use crate::path::invented;

/// Generates the finders, as items of the inherent impl.
pub(crate) fn finders(model: &Model) -> TokenStream {
    let fields = model.columns.iter().map(|column| &column.field).chain(model.groups.iter().map(|group| &group.field));
    let mut seen: HashSet<String> = fields.map(|field| field.ident.unraw().to_string()).collect();
    let keys = model.finders();
    let keys = keys.into_iter().filter(|(name, _)| seen.insert(name.clone()));
    keys.map(|(name, key)| finder(model, &name, &key)).collect()
}

fn finder(model: &Model, name: &str, key: &[(usize, &Column)]) -> TokenStream {
    let (vis, on) = (&model.vis, invented("on"));
    let name = format_ident!("{name}");
    let parameters = key.iter().map(|(_, column)| {
        let (ident, ty) = (&column.field.ident, &column.field.ty);
        quote!(#ident: impl __shown::Lookup<#ty>)
    });
    let values = key.iter().map(|(at, column)| {
        let (at, ident) = (Literal::usize_unsuffixed(*at), &column.field.ident);
        quote!(#ident.__at(#at))
    });
    quote! {
        #vis fn #name(
            #on: &(impl __shown::Executor + ?__shown::Sized) #(, #parameters)*
        ) -> impl __shown::FindFuture<Self> {
            Self::__find_unique(#on, [#(#values),*])
        }
    }
}
