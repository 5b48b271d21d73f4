//! Tuple structs of one stored field, which travel as the type inside: what `Newtype` and `PgDomain` share.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Data, DeriveInput, Fields, Type};

use crate::diag::Diagnostics;
use crate::driver_traits::generic_driver_traits;
use crate::path::{ends, invented};

/// The fields: the position of the one that is stored, its type, and the number of all. The others are `PhantomData`.
pub(crate) struct Stored<'i> {
    pub(crate) at: usize,
    pub(crate) ty: &'i Type,
    fields: usize,
}

/// What PostgreSQL sees.
#[derive(Clone, Copy)]
pub(crate) enum SeenAs<'t> {
    /// The type inside.
    Inner,
    /// A domain over the type inside; the expression is its `SqlType`.
    Domain(&'t TokenStream),
}

/// Returns the field of a tuple struct that is stored.
pub(crate) fn inner<'i>(input: &'i DeriveInput, derive: &str, diag: &mut Diagnostics) -> Option<Stored<'i>> {
    let write = format!("write `struct {}(Inner);`", input.ident);
    if let Some(lifetime) = input.generics.lifetimes().next() {
        diag.error_on(lifetime, format!("`{derive}` takes no lifetimes, since a row owns its values: {write}"));
    }
    if let Data::Struct(data) = &input.data
        && let Fields::Unnamed(fields) = &data.fields
    {
        let stored: Vec<_> = fields.unnamed.iter().enumerate().filter(|(_, field)| !is_phantom(&field.ty)).collect();
        if let [(at, field)] = stored[..] {
            return Some(Stored { at, ty: &field.ty, fields: fields.unnamed.len() });
        }
    }
    diag.error(input.ident.span(), format!("`{derive}` is for a tuple struct of one field: {write}"));
    None
}

/// Returns whether a type is a `PhantomData`, by its name: it marks a type parameter and stores nothing.
fn is_phantom(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "PhantomData"))
}

/// Generates the conversions. For `struct Email(String);`:
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
/// The lifetime defers a condition to the use of the impl, so a newtype of an array is a column and no element of arrays; a
/// domain of arrays is one. With type parameters, `struct Id<T>(i64, PhantomData<T>);`, each impl has the conditions that it
/// needs: `Id<T>: Send + Sync + 'static`.
pub(crate) fn conversions(input: &DeriveInput, stored: &Stored<'_>, seen_as: SeenAs<'_>) -> TokenStream {
    let (ident, inner) = (&input.ident, stored.ty);
    let (value, ty, out, raw) = (invented("value"), invented("ty"), invented("out"), invented("raw"));
    let is_generic = !input.generics.params.is_empty();
    let not_null = (!is_generic).then(|| not_null(inner));
    let (impl_generics, type_generics, conditions) = input.generics.split_for_impl();
    let declared = conditions.map(|conditions| conditions.predicates.iter().collect::<Vec<_>>()).unwrap_or_default();
    let this = quote!(#ident #type_generics);
    let sound = is_generic.then(|| {
        quote!(#inner: __s::ColumnType<Inner = #inner>, #this: ::core::marker::Send + ::core::marker::Sync + 'static,)
    });
    let sound = quote!(#(#declared,)* #sound);
    let field = syn::Index::from(stored.at);
    let fields =
        (0..stored.fields).map(|at| if at == stored.at { quote!(#value) } else { quote!(::core::marker::PhantomData) });
    let element = matches!(seen_as, SeenAs::Inner).then(|| quote!(for<'__a> #inner: __s::ListElement));
    let [sql_type, accepts, decode, encode] = wire(inner, seen_as);
    let driver_traits = generic_driver_traits(ident, &input.generics, &sound);
    quote! {
        #not_null
        #[automatically_derived]
        impl #impl_generics ::core::convert::From<#inner> for #this #conditions {
            fn from(#value: #inner) -> Self { Self(#(#fields),*) }
        }
        #[automatically_derived]
        impl #impl_generics __s::ColumnType for #this where #sound {
            type Inner = Self;
            const SQL_TYPE: __s::SqlType = #sql_type;
            fn accepts(#ty: &__s::types::Type) -> bool { #accepts(#ty) }
            fn decode(#ty: &__s::types::Type, #raw: &[u8]) -> __s::Wire<Self> {
                #decode(#ty, #raw).map(<Self as ::core::convert::From<#inner>>::from)
            }
            fn encode(&self, #ty: &__s::types::Type, #out: &mut __s::BytesMut) -> __s::Wire<__s::types::IsNull> {
                #encode(&self.#field, #ty, #out)
            }
        }
        #[automatically_derived]
        impl #impl_generics __s::ArrayElement for #this where #sound #element {}
        #[automatically_derived]
        impl #impl_generics __s::Extremes for #this where #sound for<'__a> #inner: __s::Extremes {}
        #driver_traits
    }
}

fn not_null(inner: &Type) -> TokenStream {
    let message = "a newtype is never NULL: write `Option` around it, in the model's field, not inside";
    let (start, _) = ends(inner);
    quote_spanned!(start=> const _: () = ::core::assert!(!<#inner as __s::ColumnType>::NULLABLE, #message);)
}

/// Returns the SQL type, and the functions that accept a type, decode and encode.
fn wire(inner: &Type, seen_as: SeenAs<'_>) -> [TokenStream; 4] {
    let column = quote!(<#inner as __s::ColumnType>);
    match seen_as {
        SeenAs::Inner => {
            [quote!(#column::SQL_TYPE), quote!(#column::accepts), quote!(#column::decode), quote!(#column::encode)]
        }
        SeenAs::Domain(sql_type) => [
            sql_type.clone(),
            quote!(__s::reads::<#inner>),
            quote!(__s::decode_domain::<#inner>),
            quote!(__s::encode_domain::<#inner>),
        ],
    }
}
