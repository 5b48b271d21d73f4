//! Generates stubs for a model with mistakes: everything that its uses may name, so that only the real errors appear.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::expand::{block, builders, columns, finders, keys, model, relations};
use crate::ir::Model;

/// Generates the names of a correct model: handles, finders, writes that require nothing, and a table without columns.
pub(crate) fn of_model(of: &Model) -> TokenStream {
    let ident = &of.ident;
    let (finders, relations, keys) = (finders::finders(of), relations::relations(of), keys::keys(of));
    let handles = columns::handles(of, &quote!(#finders #relations #keys));
    let parts = [
        builders::write(of, false),
        builders::setters(of, false),
        keys::groups(of),
        model::implementation(of, &quote!(&__Table::new("", &[], &[])), false),
    ];
    let items = quote! {
        #handles
        impl __Keyed for #ident {}
        impl __FromRow for #ident {
            fn from_row(_: &mut __RowReader) -> __Result<Self> { ::core::unimplemented!() }
        }
        #(#parts)*
    };
    block(of.krate.as_ref(), &items)
}

/// Generates the traits alone, for an item that cannot be a table.
pub(crate) fn of_anything(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let (generics, arguments, _) = input.generics.split_for_impl();
    let conditions = input.generics.where_clause.as_ref().map(|clause| &clause.predicates).into_iter();
    let conditions = quote!(where Self: ::core::marker::Send + ::core::marker::Sync + 'static, #(#conditions)*);
    let items = quote! {
        impl #generics __FromRow for #ident #arguments #conditions {
            fn from_row(_: &mut __RowReader) -> __Result<Self> { ::core::unimplemented!() }
        }
        impl #generics __TableModel for #ident #arguments #conditions {
            type Insert = __Refused<Self, __Insert>;
            type Ready<__K: __WriteKind<Self>> = __Refused<Self, __K>;
            const TABLE: &'static __Table = &__Table::new("", &[], &[]);
        }
        impl #generics __HasKey for #ident #arguments #conditions {
            type Key = bool;
            fn key(&self) -> bool { ::core::unimplemented!() }
        }
    };
    block(None, &items)
}
