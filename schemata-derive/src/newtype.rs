//! `#[derive(Newtype)]`: a tuple struct of one field that PostgreSQL sees as that field.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, DeriveInput, Path, Type};

use crate::attr::entry::entries;
use crate::attr::keys::arguments;
use crate::attr::slot::Slot;
use crate::attr::value::path;
use crate::diag::Diagnostics;
use crate::expand::wrapper::{conversions, inner};
use crate::path::root;

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
