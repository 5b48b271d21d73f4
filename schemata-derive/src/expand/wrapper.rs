//! Tuple structs of one field, which travel as the type inside: what `Newtype` and `PgDomain` share.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Data, DeriveInput, Fields, Type};

use crate::diag::Diagnostics;
use crate::path::invented;

/// Returns the type of the one field of a tuple struct.
pub(crate) fn inner<'i>(input: &'i DeriveInput, derive: &str, diag: &mut Diagnostics) -> Option<&'i Type> {
    let write = format!("write `struct {}(Inner);`", input.ident);
    if !input.generics.params.is_empty() {
        diag.error_on(&input.generics, format!("`{derive}` takes neither type parameters nor lifetimes: {write}"));
    }
    if let Data::Struct(data) = &input.data
        && let Fields::Unnamed(fields) = &data.fields
        && fields.unnamed.len() == 1
    {
        return fields.unnamed.first().map(|field| &field.ty);
    }
    diag.error(input.ident.span(), format!("`{derive}` is for a tuple struct of one field: {write}"));
    None
}

/// Generates the conversions of a tuple struct that travels as the type inside.
pub(crate) fn conversions(ident: &Ident, inner: &Type, sql_type: &TokenStream) -> TokenStream {
    let (value, ty, out, raw) = (invented("value"), invented("ty"), invented("out"), invented("raw"));
    let message = "a newtype is never NULL: write `Option` around it, in the model's field, not inside";
    let (start, _) = crate::path::ends(inner);
    let not_null = quote_spanned!(start=> ::core::assert!(!<#inner as __s::ColumnType>::NULLABLE, #message));
    let wire = wire(ident, inner);
    quote! {
        const _: () = #not_null;
        #[automatically_derived]
        impl ::core::convert::From<#inner> for #ident {
            fn from(#value: #inner) -> Self { Self(#value) }
        }
        #[automatically_derived]
        impl __s::ColumnType for #ident {
            type Inner = Self;
            const SQL_TYPE: __s::SqlType = #sql_type;
            fn decode(#ty: &__s::types::Type, #raw: &[u8]) -> __s::Wire<Self> {
                <#inner as __s::ColumnType>::decode(#ty, #raw).map(Self)
            }
            fn encode(&self, #ty: &__s::types::Type, #out: &mut __s::BytesMut) -> __s::Wire<__s::types::IsNull> {
                <#inner as __s::ColumnType>::encode(&self.0, #ty, #out)
            }
        }
        #[automatically_derived]
        impl __s::ArrayElement for #ident {}
        #wire
    }
}

/// Generates the two conversions of the driver.
fn wire(ident: &Ident, inner: &Type) -> TokenStream {
    let (ty, out, raw) = (invented("ty"), invented("out"), invented("raw"));
    quote! {
        #[automatically_derived]
        impl __s::types::ToSql for #ident {
            fn to_sql(&self, #ty: &__s::types::Type, #out: &mut __s::BytesMut) -> __s::Wire<__s::types::IsNull> {
                <#inner as __s::types::ToSql>::to_sql(&self.0, #ty, #out)
            }
            fn accepts(#ty: &__s::types::Type) -> bool { <#inner as __s::types::ToSql>::accepts(#ty) }
            fn to_sql_checked(&self, #ty: &__s::types::Type, #out: &mut __s::BytesMut) -> __s::Wire<__s::types::IsNull> {
                __s::checked(self, #ty, #out)
            }
        }
        #[automatically_derived]
        impl<'__a> __s::types::FromSql<'__a> for #ident {
            fn from_sql(#ty: &__s::types::Type, #raw: &'__a [u8]) -> __s::Wire<Self> {
                <#inner as __s::types::FromSql<'__a>>::from_sql(#ty, #raw).map(Self)
            }
            fn accepts(#ty: &__s::types::Type) -> bool { <#inner as __s::types::FromSql<'__a>>::accepts(#ty) }
        }
    }
}
