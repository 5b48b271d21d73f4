//! From a checked model to Rust: data, and calls of one line. Behaviour lives in the core crate.

mod builders;
mod columns;
mod constraints;
pub(crate) mod fallback;
mod finders;
mod keys;
mod model;
mod row;
mod schema;
mod verify;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;

use crate::ir::Model;
use crate::path::{ends, import};

/// All that a correct model expands to.
pub(crate) fn expand(model: &Model) -> TokenStream {
    let (finders, keys) = (finders::finders(model), keys::keys(model));
    let handles = columns::handles(model, &quote!(#finders #keys));
    let parts = [
        schema::columns(model),
        row::from_row(model),
        builders::write(model, true),
        builders::setters(model, true),
        model::table_model(model),
        verify::verify(model),
    ];
    block(model.krate.as_ref(), &quote!(#handles #(#parts)*))
}

/// Hides the helper items from the user's module, and the lints from them.
pub(crate) fn block(krate: Option<&syn::Path>, items: &TokenStream) -> TokenStream {
    let import = import(krate);
    quote! {
        #[allow(warnings, missing_docs, clippy::all, clippy::pedantic)]
        const _: () = { #import #items };
    }
}

/// `<ty as __Field>::member`, spanned so that whatever part of it the compiler blames, it blames the type.
pub(crate) fn field_item(ty: &Type, member: &str) -> TokenStream {
    let (start, end) = ends(ty);
    let member = proc_macro2::Ident::new(member, end);
    let open = quote_spanned!(start=> <);
    let rest = quote_spanned!(end=> as __Field>::);
    let ty = ty.to_token_stream();
    quote!(#open #ty #rest #member)
}
