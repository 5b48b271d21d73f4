//! `#[derive(Newtype)]`: a tuple struct of one field that PostgreSQL sees as that field.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, Data, DeriveInput, Fields, Path, Type};

use crate::attr::entry::entries;
use crate::attr::keys::arguments;
use crate::attr::slot::Slot;
use crate::attr::value::path;
use crate::diag::Diagnostics;
use crate::path::{invented, root};

/// Runs the derive.
pub(crate) fn newtype(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut diag = Diagnostics::default();
    let (inner, krate) = (inner(&input, "Newtype", &mut diag), krate(&input.attrs, &mut diag));
    match inner {
        Some(inner) if diag.is_empty() => expand(&input, inner, krate.get()),
        _ => diag.to_tokens(),
    }
}

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

/// Returns the path of the library.
fn krate(attrs: &[Attribute], diag: &mut Diagnostics) -> Slot<Path> {
    let mut krate = Slot::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("column")) {
        let Some(tokens) = arguments(attr, "column(crate = \"path\")", diag) else { continue };
        for entry in entries(tokens, diag) {
            let key = &entry.key;
            if key == "crate" {
                krate.set(key, path(&entry, diag), diag);
            } else {
                diag.error(key.span(), format!("unknown key `{key}`: `#[column]` takes `crate` here"));
            }
        }
    }
    krate
}

/// Generates the impls. For `struct Email(String);`:
///
/// ```ignore
/// impl From<String> for Email { fn from(value: String) -> Self { Self(value) } }
/// impl ColumnType for Email {
///     type Inner = Self;
///     const SQL_TYPE: SqlType = <String as ColumnType>::SQL_TYPE;
///     fn decode(ty: &Type, raw: &[u8]) -> Wire<Self> { /* as the String does */ }
///     fn encode(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> { /* as the String does */ }
/// }
/// impl ArrayElement for Email {}
/// impl ToSql for Email { /* as the String does */ }
/// impl<'a> FromSql<'a> for Email { /* as the String does */ }
/// ```
fn expand(input: &DeriveInput, inner: &Type, krate: Option<&Path>) -> TokenStream {
    let root = root(krate);
    let conversions = conversions(&input.ident, inner, &quote!(<#inner as __s::ColumnType>::SQL_TYPE));
    quote! {
        #[allow(warnings, missing_docs, clippy::pedantic)]
        const _: () = {
            use #root::__private as __s;
            #conversions
        };
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_where_the_attribute_says() {
        let there = newtype(quote!(
            #[column(crate = "crate::elsewhere")]
            struct Email(String);
        ))
        .to_string();
        assert!(there.contains("use crate :: elsewhere :: __private as __s"), "{there}");
        assert!(!there.contains(":: schemata"), "{there}");
        let plain = newtype(quote!(
            struct Email(String);
        ))
        .to_string();
        assert!(plain.contains("use :: schemata :: __private as __s"), "{plain}");
        let unknown = newtype(quote!(
            #[column(name = "x")]
            struct Email(String);
        ))
        .to_string();
        assert!(unknown.contains("unknown key `name`: `#[column]` takes `crate` here"), "{unknown}");
    }
}
