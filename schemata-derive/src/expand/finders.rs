//! Finders: one for each unique key whose columns are all the struct's own.

use std::collections::HashSet;

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use crate::ir::{Column, Model};
use crate::path::invented;

/// The unique keys that get a finder, as positions and columns.
fn keys(model: &Model) -> Vec<Vec<(usize, &Column)>> {
    let single = model.columns.iter().enumerate().filter(|(_, column)| column.unique.is_some()).map(|at| vec![at]);
    let listed = model.uniques.iter().filter_map(|unique| {
        let own = |column: &crate::attr::constraint::ColumnRef| match column.group {
            None => model.column(&column.column),
            Some(_) => None,
        };
        unique.columns.iter().map(own).collect::<Option<Vec<_>>>()
    });
    let distinct =
        |key: &Vec<(usize, &Column)>| key.iter().map(|(at, _)| at).collect::<HashSet<_>>().len() == key.len();
    single.chain(listed).filter(distinct).collect()
}

fn name(key: &[(usize, &Column)]) -> String {
    let columns: Vec<String> = key.iter().map(|(_, column)| column.field.ident.unraw().to_string()).collect();
    format!("find_by_{}", columns.join("_and_"))
}

/// What the finders are called.
pub(crate) fn finder_names(model: &Model) -> Vec<String> {
    keys(model).iter().map(|key| name(key)).collect()
}

/// The finders, as items of the inherent impl.
pub(crate) fn finders(model: &Model) -> TokenStream {
    let mut seen = HashSet::new();
    keys(model).iter().filter(|key| seen.insert(name(key))).map(|key| finder(model, key)).collect()
}

fn finder(model: &Model, key: &[(usize, &Column)]) -> TokenStream {
    let (vis, on) = (&model.vis, invented("on"));
    let name = format_ident!("{}", name(key));
    let parameters = key.iter().map(|(_, column)| {
        let (ident, ty) = (&column.field.ident, &column.field.ty);
        quote!(#ident: impl __Sought<#ty>)
    });
    let values = key.iter().map(|(at, column)| {
        let (at, ident) = (Literal::usize_unsuffixed(*at), &column.field.ident);
        quote!((#at, #ident.__param()))
    });
    quote! {
        #vis fn #name(
            #on: &(impl __Executor + ?__Sized) #(, #parameters)*
        ) -> impl __Found<Self> {
            Self::__find_unique(#on, [#(#values),*])
        }
    }
}
