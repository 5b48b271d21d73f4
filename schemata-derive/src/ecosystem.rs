//! Traits of serde, utoipa and clap for derived enums and newtypes: `#[column(serde, utoipa, clap)]`, each with the core's
//! feature of that name.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::attr::entry::Entry;
use crate::attr::slot::Slot;
use crate::attr::value::flag;
use crate::diag::Diagnostics;
use crate::path::invented;

/// The keys that are given.
#[derive(Default)]
pub(crate) struct Ecosystem {
    serde: Slot<()>,
    utoipa: Slot<()>,
    clap: Slot<()>,
}

/// A type as others see it.
pub(crate) struct Subject<'s> {
    pub(crate) ident: &'s Ident,
    /// The generics of an impl, those of the type, and the conditions.
    pub(crate) generics: &'s syn::Generics,
    /// The type whose values stand for the type's.
    pub(crate) stands_for: TokenStream,
}

impl Ecosystem {
    /// Takes the entry if its key is one of these.
    pub(crate) fn take(&mut self, entry: &Entry, diag: &mut Diagnostics) -> bool {
        let slot = match entry.key.to_string().as_str() {
            "serde" => &mut self.serde,
            "utoipa" => &mut self.utoipa,
            "clap" => &mut self.clap,
            _ => return false,
        };
        slot.set(&entry.key, flag(entry, diag), diag);
        true
    }

    /// Refuses `clap`, which only labels have.
    pub(crate) fn refuse_clap(&self, what: &str, diag: &mut Diagnostics) {
        if let Some(span) = self.clap.span() {
            diag.error(span, format!("`clap` is for labels, which {what} has not: remove it"));
        }
    }

    /// Generates `Serialize` and `Deserialize`. `write` makes the value that is serialized of `self`; `read` makes the type, as a
    /// `Result`, of a `value` that was read. For a newtype:
    ///
    /// ```ignore
    /// impl Serialize for Email {
    ///     fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> { Serialize::serialize(&self.0, to) }
    /// }
    /// impl<'de> Deserialize<'de> for Email {
    ///     fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
    ///         let value = <String as Deserialize>::deserialize(from)?;
    ///         Ok(Self::from(value))
    ///     }
    /// }
    /// ```
    pub(crate) fn serde(
        &self,
        of: &Subject<'_>,
        write: &TokenStream,
        value: &Ident,
        read: &TokenStream,
    ) -> TokenStream {
        let Some(span) = self.serde.span() else { return TokenStream::new() };
        let (ident, stands_for) = (of.ident, &of.stands_for);
        let (impl_generics, type_generics, _) = of.generics.split_for_impl();
        let declared = of.generics.where_clause.as_ref().map(|clause| clause.predicates.iter()).into_iter().flatten();
        let declared: Vec<_> = declared.collect();
        let mut reading = of.generics.clone();
        reading.params.insert(0, syn::parse_quote!('__de));
        let (reading, ..) = reading.split_for_impl();
        let (to, from) = (invented("to"), invented("from"));
        let is_generic = !of.generics.params.is_empty();
        let writes = is_generic.then(|| quote!(#stands_for: __s::serde::Serialize,));
        let reads = is_generic.then(|| quote!(#stands_for: __s::serde::Deserialize<'__de>,));
        let items = quote! {
            #[automatically_derived]
            impl #impl_generics __s::serde::Serialize for #ident #type_generics where #(#declared,)* #writes {
                fn serialize<__S: __s::serde::Serializer>(&self, #to: __S) -> ::core::result::Result<__S::Ok, __S::Error> {
                    __s::serde::Serialize::serialize(#write, #to)
                }
            }
            #[automatically_derived]
            impl #reading __s::serde::Deserialize<'__de> for #ident #type_generics where #(#declared,)* #reads {
                fn deserialize<__D: __s::serde::Deserializer<'__de>>(#from: __D) -> ::core::result::Result<Self, __D::Error> {
                    let #value = <#stands_for as __s::serde::Deserialize<'__de>>::deserialize(#from)?;
                    #read
                }
            }
        };
        gated(span, &quote!(with_serde), &items)
    }

    /// Generates `ToSchema` with the body of a schema.
    pub(crate) fn utoipa(&self, of: &Subject<'_>, schema: &TokenStream) -> TokenStream {
        let Some(span) = self.utoipa.span() else { return TokenStream::new() };
        let (ident, stands_for, name) = (of.ident, &of.stands_for, of.ident.to_string());
        let (impl_generics, type_generics, _) = of.generics.split_for_impl();
        let declared = of.generics.where_clause.as_ref().map(|clause| clause.predicates.iter()).into_iter().flatten();
        let declared: Vec<_> = declared.collect();
        let known = (!of.generics.params.is_empty()).then(|| quote!(#stands_for: __s::utoipa::PartialSchema,));
        let items = quote! {
            #[automatically_derived]
            impl #impl_generics __s::utoipa::PartialSchema for #ident #type_generics where #(#declared,)* #known {
                fn schema() -> __s::utoipa::openapi::RefOr<__s::utoipa::openapi::schema::Schema> { #schema }
            }
            #[automatically_derived]
            impl #impl_generics __s::utoipa::ToSchema for #ident #type_generics where #(#declared,)* #known {
                fn name() -> ::std::borrow::Cow<'static, str> { ::std::borrow::Cow::Borrowed(#name) }
            }
        };
        gated(span, &quote!(with_utoipa), &items)
    }

    /// Generates clap's `ValueEnum` of labels.
    pub(crate) fn clap(&self, ident: &Ident, variants: &[&Ident]) -> TokenStream {
        let Some(span) = self.clap.span() else { return TokenStream::new() };
        let items = quote! {
            #[automatically_derived]
            impl __s::clap::ValueEnum for #ident {
                fn value_variants<'__a>() -> &'__a [Self] { &[#(Self::#variants),*] }
                fn to_possible_value(&self) -> ::core::option::Option<__s::clap::builder::PossibleValue> {
                    ::core::option::Option::Some(__s::clap::builder::PossibleValue::new(self.as_str()))
                }
            }
        };
        gated(span, &quote!(with_clap), &items)
    }
}

/// Passes items to the core's macro, which refuses them if its feature is off. The message blames the key.
fn gated(span: Span, gate: &TokenStream, items: &TokenStream) -> TokenStream {
    let bang = quote_spanned!(span=> !);
    quote_spanned!(span=> __s::#gate #bang { #items })
}
