//! The driver's `ToSql` and `FromSql` for derived enums.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::path::invented;

/// Generates the two conversions of the driver, for raw SQL: those of the column.
pub(crate) fn driver_traits(ident: &Ident) -> TokenStream {
    let (ty, out, raw) = (invented("ty"), invented("out"), invented("raw"));
    let accepts = quote!(fn accepts(#ty: &__s::types::Type) -> bool { <Self as __s::ColumnType>::accepts(#ty) });
    quote! {
        #[automatically_derived]
        impl __s::types::ToSql for #ident {
            fn to_sql(&self, #ty: &__s::types::Type, #out: &mut __s::BytesMut) -> __s::Wire<__s::types::IsNull> {
                __s::ColumnType::encode(self, #ty, #out)
            }
            #accepts
            fn to_sql_checked(&self, #ty: &__s::types::Type, #out: &mut __s::BytesMut) -> __s::Wire<__s::types::IsNull> {
                __s::checked(self, #ty, #out)
            }
        }
        #[automatically_derived]
        impl<'__a> __s::types::FromSql<'__a> for #ident {
            fn from_sql(#ty: &__s::types::Type, #raw: &'__a [u8]) -> __s::Wire<Self> {
                <Self as __s::ColumnType>::decode(#ty, #raw)
            }
            #accepts
        }
    }
}
