//! The driver's `ToSql` and `FromSql` for derived column types.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Generics;

use crate::path::invented;

/// Generates the two conversions of the driver, for raw SQL: those of the column.
pub(crate) fn driver_traits(ident: &Ident) -> TokenStream {
    generic_driver_traits(ident, &Generics::default(), &TokenStream::new())
}

/// Generates them for a type with type parameters, for which `conditions` hold, each with a comma.
pub(crate) fn generic_driver_traits(ident: &Ident, generics: &Generics, conditions: &TokenStream) -> TokenStream {
    let (ty, out, raw) = (invented("ty"), invented("out"), invented("raw"));
    let (impl_generics, type_generics, _) = generics.split_for_impl();
    let mut of_row = generics.clone();
    of_row.params.insert(0, syn::parse_quote!('__a));
    let (row_generics, ..) = of_row.split_for_impl();
    let this = quote!(#ident #type_generics);
    let debug = (!generics.params.is_empty()).then(|| quote!(#this: ::core::fmt::Debug,));
    let accepts = quote!(fn accepts(#ty: &__s::types::Type) -> bool { <Self as __s::ColumnType>::accepts(#ty) });
    quote! {
        #[automatically_derived]
        impl #impl_generics __s::types::ToSql for #this where #conditions #debug {
            fn to_sql(&self, #ty: &__s::types::Type, #out: &mut __s::BytesMut) -> __s::Wire<__s::types::IsNull> {
                __s::ColumnType::encode(self, #ty, #out)
            }
            #accepts
            fn to_sql_checked(&self, #ty: &__s::types::Type, #out: &mut __s::BytesMut) -> __s::Wire<__s::types::IsNull> {
                __s::checked(self, #ty, #out)
            }
        }
        #[automatically_derived]
        impl #row_generics __s::types::FromSql<'__a> for #this where #conditions {
            fn from_sql(#ty: &__s::types::Type, #raw: &'__a [u8]) -> __s::Wire<Self> {
                <Self as __s::ColumnType>::decode(#ty, #raw)
            }
            #accepts
        }
    }
}
