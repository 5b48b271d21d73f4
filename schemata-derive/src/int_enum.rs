//! `#[derive(IntEnum)]`: an enum of plain variants that is stored as its numbers.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Fields, Path};

use crate::attr::entry::entries;
use crate::attr::keys::arguments;
use crate::attr::slot::Slot;
use crate::attr::value::{flag, path};
use crate::diag::Diagnostics;
use crate::driver_traits::driver_traits;
use crate::ecosystem::{Ecosystem, Subject};
use crate::names::list;
use crate::path::{invented, root};

/// The integers that an enum may be stored as: those of PostgreSQL, and those that fit into them.
const INTEGERS: &[&str] = &["i16", "i32", "i64", "i8", "u8", "u16", "u32"];

/// The values of `#[column(…)]` on the enum.
#[derive(Default)]
struct IntEnumAttr {
    krate: Slot<Path>,
    check: bool,
    ecosystem: Ecosystem,
}

/// Runs the derive.
pub(crate) fn int_enum(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut diag = Diagnostics::default();
    let attr = IntEnumAttr::read(&input.attrs, &mut diag);
    let (variants, repr) = (variants(&input, &mut diag), repr(&input, &mut diag));
    match repr {
        Some(repr) if diag.is_empty() => expand(&input, &repr, &variants, &attr),
        _ => diag.to_tokens(),
    }
}

fn variants<'i>(input: &'i DeriveInput, diag: &mut Diagnostics) -> Vec<&'i Ident> {
    let Data::Enum(data) = &input.data else {
        let message = "`IntEnum` is for enums of plain variants: derive `Newtype` on a struct of one field";
        diag.error(input.ident.span(), message);
        return Vec::new();
    };
    if !input.generics.params.is_empty() {
        diag.error_on(&input.generics, "`IntEnum` is for enums without type parameters and lifetimes: remove them");
    }
    if data.variants.is_empty() {
        diag.error(input.ident.span(), format!("`{}` has no variants, so no number: write at least one", input.ident));
    }
    for variant in data.variants.iter().filter(|variant| !matches!(variant.fields, Fields::Unit)) {
        let message = format!("a number holds no data: write `{}` alone, and keep the data in columns", variant.ident);
        diag.error_on(&variant.fields, message);
    }
    data.variants.iter().map(|variant| &variant.ident).collect()
}

/// Returns the integer of `#[repr(…)]`.
fn repr(input: &DeriveInput, diag: &mut Diagnostics) -> Option<Ident> {
    let mut found = None;
    for attr in input.attrs.iter().filter(|attr| attr.path().is_ident("repr")) {
        // The compiler reports what is wrong with the attribute itself.
        let _ = attr.parse_nested_meta(|meta| {
            found = meta.path.get_ident().cloned().or(found.take());
            Ok(())
        });
    }
    match found {
        Some(repr) if INTEGERS.contains(&repr.to_string().as_str()) => Some(repr),
        Some(repr) => {
            diag.error(repr.span(), format!("`IntEnum` is stored as an integer: write one of {}", list(INTEGERS)));
            None
        }
        None => {
            let message = "`IntEnum` needs the integer that it is stored as: write `#[repr(i16)]` (smallint), `#[repr(i32)]` \
                           (integer) or `#[repr(i64)]` (bigint) above the enum";
            diag.error(input.ident.span(), message);
            None
        }
    }
}

/// Generates the impls. For `#[repr(i16)] enum Priority { Low = 1 }`:
///
/// ```ignore
/// impl Priority { const __NUMBERS: &'static [i128] = &[Self::Low as i128]; }
/// impl ColumnType for Priority { /* the number, as an i16 is stored; the variant of a number, or an error that names it */ }
/// impl ArrayElement for Priority {}
/// impl Extremes for Priority {}
/// impl From<Priority> for i16 { /* the number */ }
/// impl TryFrom<i16> for Priority { /* the variant of the number, or an error that lists the numbers */ }
/// impl ToSql for Priority { /* as the ColumnType */ }
/// impl<'a> FromSql<'a> for Priority { /* as the ColumnType */ }
/// ```
fn expand(input: &DeriveInput, repr: &Ident, variants: &[&Ident], attr: &IntEnumAttr) -> TokenStream {
    let ident = &input.ident;
    let (root, wire) = (root(attr.krate.get()), driver_traits(ident));
    let (value, ty, out, raw) = (invented("value"), invented("ty"), invented("out"), invented("raw"));
    let checked = attr.check.then(|| quote!(.checked_numbers(Self::__NUMBERS)));
    let number = Subject { ident, generics: &input.generics, stands_for: quote!(#repr) };
    let read = quote! {
        <Self as ::core::convert::TryFrom<#repr>>::try_from(#value).map_err(<__D::Error as __s::serde::de::Error>::custom)
    };
    let serde = attr.ecosystem.serde(&number, &quote!(&self.__number()), &value, &read);
    let schema = quote! {
        __s::utoipa::openapi::schema::ObjectBuilder::new()
            .schema_type(__s::utoipa::openapi::schema::Type::Integer)
            .enum_values(::core::option::Option::Some([#(Self::#variants as #repr as i64),*]))
            .into()
    };
    let utoipa = attr.ecosystem.utoipa(&number, &schema);
    quote! {
        #[allow(warnings, missing_docs, clippy::pedantic)]
        const _: () = {
            use #root::__private as __s;
            #serde
            #utoipa
            impl #ident {
                const __NUMBERS: &'static [i128] = &[#(Self::#variants as #repr as i128),*];
                fn __number(&self) -> #repr {
                    match self { #(Self::#variants => const { #ident::#variants as #repr }),* }
                }
            }
            #[automatically_derived]
            impl __s::ColumnType for #ident {
                type Inner = Self;
                const SQL_TYPE: __s::SqlType = <#repr as __s::ColumnType>::SQL_TYPE #checked;
                fn accepts(#ty: &__s::types::Type) -> bool { <#repr as __s::ColumnType>::accepts(#ty) }
                fn decode(#ty: &__s::types::Type, #raw: &[u8]) -> __s::Wire<Self> {
                    let #value = <#repr as __s::ColumnType>::decode(#ty, #raw)?;
                    ::core::result::Result::Ok(<Self as ::core::convert::TryFrom<#repr>>::try_from(#value)?)
                }
                fn encode(&self, #ty: &__s::types::Type, #out: &mut __s::BytesMut) -> __s::Wire<__s::types::IsNull> {
                    <#repr as __s::ColumnType>::encode(&self.__number(), #ty, #out)
                }
            }
            #[automatically_derived]
            impl __s::ArrayElement for #ident {}
            #[automatically_derived]
            impl __s::Extremes for #ident {}
            #[automatically_derived]
            impl ::core::convert::From<#ident> for #repr {
                fn from(#value: #ident) -> Self { #value.__number() }
            }
            #[automatically_derived]
            impl ::core::convert::TryFrom<#repr> for #ident {
                type Error = __s::UnknownNumberError;
                fn try_from(#value: #repr) -> ::core::result::Result<Self, __s::UnknownNumberError> {
                    #(if #value == const { #ident::#variants as #repr } { return ::core::result::Result::Ok(Self::#variants); })*
                    ::core::result::Result::Err(__s::UnknownNumberError::new(#value as i128, Self::__NUMBERS))
                }
            }
            #wire
        };
    }
}

impl IntEnumAttr {
    fn read(attrs: &[Attribute], diag: &mut Diagnostics) -> Self {
        let mut this = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("column")) {
            let Some(tokens) = arguments(attr, "column(check)", diag) else { continue };
            for entry in entries(tokens, diag) {
                let key = &entry.key;
                if this.ecosystem.take(&entry, diag) {
                    continue;
                }
                match key.to_string().as_str() {
                    "crate" => this.krate.set(key, path(&entry, diag), diag),
                    "check" => this.check |= flag(&entry, diag).is_some(),
                    other => {
                        let message = format!(
                            "unknown key `{other}`: `#[column]` takes `check`, `serde`, `utoipa`, `crate` here"
                        );
                        diag.error(key.span(), message);
                    }
                }
            }
        }
        this.ecosystem.refuse_clap("a number", diag);
        this
    }
}
