//! `#[derive(Newtype)]`: a tuple struct of one field that PostgreSQL sees as that field.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Attribute, Data, DeriveInput, Fields, Path, Type};

use crate::attr::entry::entries;
use crate::attr::keys::arguments;
use crate::attr::slot::Slot;
use crate::attr::value::path;
use crate::diag::Diagnostics;
use crate::ecosystem::{Ecosystem, Subject};
use crate::path::{invented, root};

/// Runs the derive.
pub(crate) fn newtype(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut diag = Diagnostics::default();
    let (inner, attr) = (inner(&input, &mut diag), NewtypeAttr::read(&input.attrs, &mut diag));
    match inner {
        Some(inner) if diag.is_empty() => expand(&input, &inner, &attr),
        _ => diag.to_tokens(),
    }
}

/// The fields: the position of the one that is stored, its type, and the number of all. The others are `PhantomData`.
struct Stored<'i> {
    at: usize,
    ty: &'i Type,
    fields: usize,
}

fn inner<'i>(input: &'i DeriveInput, diag: &mut Diagnostics) -> Option<Stored<'i>> {
    let write = format!("write `struct {}(Inner);`", input.ident);
    if let Some(lifetime) = input.generics.lifetimes().next() {
        diag.error_on(lifetime, format!("`Newtype` takes no lifetimes, since a row owns its values: {write}"));
    }
    if let Data::Struct(data) = &input.data
        && let Fields::Unnamed(fields) = &data.fields
    {
        let stored: Vec<_> = fields.unnamed.iter().enumerate().filter(|(_, field)| !is_phantom(&field.ty)).collect();
        if let [(at, field)] = stored[..] {
            return Some(Stored { at, ty: &field.ty, fields: fields.unnamed.len() });
        }
    }
    diag.error(input.ident.span(), format!("`Newtype` is for a tuple struct of one field: {write}"));
    None
}

/// Returns whether a type is a `PhantomData`, by its name: it marks a type parameter and stores nothing.
fn is_phantom(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "PhantomData"))
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

/// Generates the impls. For `struct Email(String);`:
///
/// ```ignore
/// impl From<String> for Email { fn from(value: String) -> Self { Self(value) } }
/// impl ColumnType for Email {
///     type Inner = Self;
///     const SQL_TYPE: SqlType = <String as ColumnType>::SQL_TYPE;
///     fn accepts(ty: &Type) -> bool { /* as the String does */ }
///     fn decode(ty: &Type, raw: &[u8]) -> Wire<Self> { /* as the String does */ }
///     fn encode(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> { /* as the String does */ }
/// }
/// impl ArrayElement for Email where for<'a> String: ListElement {}
/// impl Extremes for Email where for<'a> String: Extremes {}
/// impl ToSql for Email { /* as the ColumnType */ }
/// impl<'a> FromSql<'a> for Email { /* as the ColumnType */ }
/// ```
///
/// The lifetime defers a condition to the use of the impl, so a newtype of an array is a column and no element of arrays. With
/// type parameters, `struct Id<T>(i64, PhantomData<T>);`, each impl has the conditions that it needs: `Id<T>: Send + Sync + 'static`.
fn expand(input: &DeriveInput, stored: &Stored<'_>, attr: &NewtypeAttr) -> TokenStream {
    let (ident, root, inner) = (&input.ident, root(attr.krate.get()), stored.ty);
    let (value, ty, out, raw) = (invented("value"), invented("ty"), invented("out"), invented("raw"));
    let message = "a newtype is never NULL: write `Option` around it, in the model's field, not inside";
    let (start, _) = crate::path::ends(inner);
    let is_generic = !input.generics.params.is_empty();
    let not_null = (!is_generic).then(
        || quote_spanned!(start=> const _: () = ::core::assert!(!<#inner as __s::ColumnType>::NULLABLE, #message);),
    );
    let (impl_generics, type_generics, conditions) = input.generics.split_for_impl();
    let declared = conditions.map(|conditions| conditions.predicates.iter().collect::<Vec<_>>()).unwrap_or_default();
    let this = quote!(#ident #type_generics);
    let sound = is_generic.then(|| quote!(#inner: __s::ColumnType<Inner = #inner>, #this: ::core::marker::Send + ::core::marker::Sync + 'static,));
    let debug = is_generic.then(|| quote!(#this: ::core::fmt::Debug,));
    let mut of_row = input.generics.clone();
    of_row.params.insert(0, syn::parse_quote!('__a));
    let (row_generics, ..) = of_row.split_for_impl();
    let field = syn::Index::from(stored.at);
    let fields =
        (0..stored.fields).map(|at| if at == stored.at { quote!(#value) } else { quote!(::core::marker::PhantomData) });
    let seen = Subject { ident, generics: &input.generics, stands_for: quote!(#inner) };
    let read = quote!(::core::result::Result::Ok(<Self as ::core::convert::From<#inner>>::from(#value)));
    let serde = attr.ecosystem.serde(&seen, &quote!(&self.#field), &value, &read);
    let utoipa = attr.ecosystem.utoipa(&seen, &quote!(<#inner as __s::utoipa::PartialSchema>::schema()));
    quote! {
        #[allow(warnings, missing_docs, clippy::pedantic)]
        const _: () = {
            use #root::__private as __s;
            #serde
            #utoipa
            #not_null
            #[automatically_derived]
            impl #impl_generics ::core::convert::From<#inner> for #this #conditions {
                fn from(#value: #inner) -> Self { Self(#(#fields),*) }
            }
            #[automatically_derived]
            impl #impl_generics __s::ColumnType for #this where #(#declared,)* #sound {
                type Inner = Self;
                const SQL_TYPE: __s::SqlType = <#inner as __s::ColumnType>::SQL_TYPE;
                fn accepts(#ty: &__s::types::Type) -> bool { <#inner as __s::ColumnType>::accepts(#ty) }
                fn decode(#ty: &__s::types::Type, #raw: &[u8]) -> __s::Wire<Self> {
                    <#inner as __s::ColumnType>::decode(#ty, #raw).map(<Self as ::core::convert::From<#inner>>::from)
                }
                fn encode(&self, #ty: &__s::types::Type, #out: &mut __s::BytesMut) -> __s::Wire<__s::types::IsNull> {
                    <#inner as __s::ColumnType>::encode(&self.#field, #ty, #out)
                }
            }
            #[automatically_derived]
            impl #impl_generics __s::ArrayElement for #this where #(#declared,)* #sound for<'__a> #inner: __s::ListElement {}
            #[automatically_derived]
            impl #impl_generics __s::Extremes for #this where #(#declared,)* #sound for<'__a> #inner: __s::Extremes {}
            #[automatically_derived]
            impl #impl_generics __s::types::ToSql for #this where #(#declared,)* #sound #debug {
                fn to_sql(&self, #ty: &__s::types::Type, #out: &mut __s::BytesMut) -> __s::Wire<__s::types::IsNull> {
                    __s::ColumnType::encode(self, #ty, #out)
                }
                fn accepts(#ty: &__s::types::Type) -> bool { <Self as __s::ColumnType>::accepts(#ty) }
                fn to_sql_checked(&self, #ty: &__s::types::Type, #out: &mut __s::BytesMut) -> __s::Wire<__s::types::IsNull> {
                    __s::checked(self, #ty, #out)
                }
            }
            #[automatically_derived]
            impl #row_generics __s::types::FromSql<'__a> for #this where #(#declared,)* #sound {
                fn from_sql(#ty: &__s::types::Type, #raw: &'__a [u8]) -> __s::Wire<Self> {
                    <Self as __s::ColumnType>::decode(#ty, #raw)
                }
                fn accepts(#ty: &__s::types::Type) -> bool { <Self as __s::ColumnType>::accepts(#ty) }
            }
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
