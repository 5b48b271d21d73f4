//! Generates `impl TableModel`, the types of writes and the table, and `impl HasKey`.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::field_item::field_item;
use crate::expand::{builders, constraints};
use crate::ir::Model;

/// Generates the impl of a correct model.
pub(crate) fn table_model(model: &Model) -> TokenStream {
    let (name, comment) = (&model.name.text, model.comment.as_ref().map(|text| quote!(.comment(#text))));
    let schema = model.schema.as_ref().map(|schema| {
        let schema = &schema.text;
        quote!(.schema(#schema))
    });
    let renamed = model.renamed_from.as_ref().map(|old| {
        let old = &old.text;
        quote!(.renamed_from(#old))
    });
    let key_name = model.primary_key.name.get().map(|name| quote!(.primary_key_name(#name)));
    let key = model.key().map(|(_, column)| &column.name.text);
    let constraints = constraints::constraints(model);
    let unmanaged = model.unmanaged.iter().map(|object| {
        let (variant, name) = (&object.variant, object.name.as_ref().map(|name| quote!((#name))));
        quote!(__Unmanaged::#variant #name)
    });
    let unmanaged = (!model.unmanaged.is_empty()).then(|| quote!(.unmanaged(&[#(#unmanaged),*])));
    let table =
        quote!(&__table(#name, &__COLUMNS, &[#(#key),*]) #key_name #schema #constraints #comment #renamed #unmanaged);
    implementation(model, &table, true)
}

/// Generates the impl around a table.
pub(crate) fn implementation(model: &Model, table: &TokenStream, tracked: bool) -> TokenStream {
    let ident = &model.ident;
    let (insert, ready) = builders::write_types(model, tracked);
    let parts: Vec<_> = model.key().map(|(_, column)| &column.field).collect();
    let types = parts.iter().map(|field| field_item(&field.ty, "This"));
    let values = parts.iter().map(|field| {
        let ident = &field.ident;
        quote!(__clone(&self.#ident))
    });
    let plain = parts.iter().map(|field| &field.ty);
    let (types, plain, values): (TokenStream, _, _) = match parts.len() {
        // One that was forgotten.
        0 => (quote!(bool), quote!(bool), quote!(false)),
        1 => (quote!(#(#types)*), quote!(#(#plain)*), quote!(#(#values)*)),
        _ => (quote!((#(#types),*)), quote!((#(#plain),*)), quote!((#(#values),*))),
    };
    let validator =
        model.validate.as_ref().map(|path| quote!(const VALIDATOR: __Option<__Validator> = __Option::Some(#path);));
    let has_key = model.keyless.is_none().then(|| {
        quote! {
            #[automatically_derived]
            impl __HasKey for #ident {
                type Key = #types;
                fn key(&self) -> #plain { #values }
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl __TableModel for #ident {
            type Insert = #insert;
            type Ready<__K: __WriteKind<Self>> = #ready;
            const TABLE: &'static __Table = #table;
            #validator
        }
        #has_key
    }
}
