//! `#[derive(Newtype)]`: a tuple struct of one field that PostgreSQL sees as that field.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, DeriveInput, Path};

use crate::attr::entry::entries;
use crate::attr::keys::arguments;
use crate::attr::slot::Slot;
use crate::attr::value::path;
use crate::diag::Diagnostics;
use crate::ecosystem::{Ecosystem, Subject};
use crate::expand::wrapper::{SeenAs, Stored, conversions, inner};
use crate::path::{invented, root};

/// Runs the derive.
pub(crate) fn newtype(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut diag = Diagnostics::default();
    let (inner, attr) = (inner(&input, "Newtype", &mut diag), NewtypeAttr::read(&input.attrs, &mut diag));
    match inner {
        Some(inner) if diag.is_empty() => expand(&input, &inner, &attr),
        _ => diag.to_tokens(),
    }
}

/// The values of `#[column(…)]`.
#[derive(Default)]
struct NewtypeAttr {
    krate: Slot<Path>,
    ecosystem: Ecosystem,
}

impl NewtypeAttr {
    fn read(attrs: &[Attribute], diag: &mut Diagnostics) -> Self {
        let mut this = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("column")) {
            let Some(tokens) = arguments(attr, "column(crate = \"path\")", diag) else { continue };
            for entry in entries(tokens, diag) {
                let key = &entry.key;
                if this.ecosystem.take(&entry, diag) {
                } else if key == "crate" {
                    this.krate.set(key, path(&entry, diag), diag);
                } else {
                    let message = format!("unknown key `{key}`: `#[column]` takes `serde`, `utoipa`, `crate` here");
                    diag.error(key.span(), message);
                }
            }
        }
        this.ecosystem.refuse_clap("a newtype", diag);
        this
    }
}

/// Generates the conversions, and what other crates know the type by.
fn expand(input: &DeriveInput, stored: &Stored<'_>, attr: &NewtypeAttr) -> TokenStream {
    let (root, inner, value) = (root(attr.krate.get()), stored.ty, invented("value"));
    let seen = Subject { ident: &input.ident, generics: &input.generics, stands_for: quote!(#inner) };
    let read = quote!(::core::result::Result::Ok(<Self as ::core::convert::From<#inner>>::from(#value)));
    let field = syn::Index::from(stored.at);
    let serde = attr.ecosystem.serde(&seen, &quote!(&self.#field), &value, &read);
    let utoipa = attr.ecosystem.utoipa(&seen, &quote!(<#inner as __s::utoipa::PartialSchema>::schema()));
    let conversions = conversions(input, stored, SeenAs::Inner);
    quote! {
        #[allow(warnings, missing_docs, clippy::pedantic)]
        const _: () = {
            use #root::__private as __s;
            #serde
            #utoipa
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
        assert!(unknown.contains("unknown key `name`: `#[column]` takes `serde`, `utoipa`, `crate` here"), "{unknown}");
    }
}
