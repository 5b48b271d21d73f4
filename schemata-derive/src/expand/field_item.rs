//! Names items of a field's type through the trait `__ModelField`, with spans that blame the type.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;

use crate::path::ends;

/// Returns `<ty as __ModelField>::member`, with spans such that the compiler blames the type for an error in any part.
pub(crate) fn field_item(ty: &Type, member: &str) -> TokenStream {
    let (start, end) = ends(ty);
    let member = proc_macro2::Ident::new(member, end);
    let open = quote_spanned!(start=> <);
    let rest = quote_spanned!(end=> as __ModelField>::);
    let ty = ty.to_token_stream();
    quote!(#open #ty #rest #member)
}

/// Returns `__ModelField::member` for a type that the compiler infers, with spans like those of [`field_item`].
pub(crate) fn inferred_item(ty: &Type, member: &str) -> TokenStream {
    let (start, end) = ends(ty);
    let (field, member) = (proc_macro2::Ident::new("__ModelField", start), proc_macro2::Ident::new(member, end));
    let colons = quote_spanned!(end=> ::);
    quote!(#field #colons #member)
}
