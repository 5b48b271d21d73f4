//! `#[derive(PgEnum)]` and `#[derive(TextEnum)]`: enums of plain variants, each a label.

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Fields, LitStr, Path};

use crate::attr::entry::{Entry, entries};
use crate::attr::keys::arguments;
use crate::attr::slot::Slot;
use crate::attr::value::{path, string};
use crate::diag::Diagnostics;
use crate::driver_traits::driver_traits;
use crate::ecosystem::{Ecosystem, Subject};
use crate::names::{list, refusal, snake_case};
use crate::path::{invented, root};

/// The kind of enum, by the place of its labels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A PostgreSQL enum type.
    PgEnum,
    /// A text column with a check constraint.
    TextEnum,
}

/// The values of `#[column(…)]` on the enum or on a variant.
#[derive(Default)]
struct LabelAttr {
    name: Slot<LitStr>,
    schema: Slot<LitStr>,
    krate: Slot<Path>,
    ecosystem: Ecosystem,
}

/// Runs the derive.
pub(crate) fn labels(input: TokenStream, kind: Kind) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut diag = Diagnostics::default();
    let keys: &[&str] = match kind {
        Kind::PgEnum => &["name", "schema", "serde", "utoipa", "clap", "crate"],
        Kind::TextEnum => &["serde", "utoipa", "clap", "crate"],
    };
    let attr = LabelAttr::read(&input.attrs, keys, &mut diag);
    let variants = variants(&input, kind, &mut diag);
    let name = attr.name.get().map_or_else(|| snake_case(&input.ident.unraw().to_string()), LitStr::value);
    let at = attr.name.get().map_or_else(|| input.ident.span(), LitStr::span);
    diag.note(at, refusal("the enum type", &name).filter(|_| kind == Kind::PgEnum));
    if let Some(schema) = attr.schema.get() {
        diag.note(schema.span(), refusal("the schema", &schema.value()));
    }
    let errors = diag.to_tokens();
    if !matches!(input.data, Data::Enum(_)) || !input.generics.params.is_empty() {
        return errors;
    }
    let variants = if diag.is_empty() { variants } else { Vec::new() };
    let sql_type = match kind {
        Kind::PgEnum => {
            let schema = attr.schema.get();
            let schema = schema.map_or_else(
                || quote!(::core::option::Option::None),
                |schema| quote!(::core::option::Option::Some(#schema)),
            );
            quote!(__s::SqlType::enumeration(#schema, #name, Self::__LABELS))
        }
        Kind::TextEnum => quote!(__s::SqlType::checked_text(Self::__LABELS)),
    };
    let ty = invented("ty");
    let accepts = match kind {
        Kind::PgEnum => quote!(__s::is_enum(#ty, #name)),
        Kind::TextEnum => quote!(<::std::string::String as __s::ColumnType>::accepts(#ty)),
    };
    let items = expand(&input, &variants, &sql_type, &accepts, &attr);
    quote!(#errors #items)
}

/// Returns the variants with their labels.
fn variants(input: &DeriveInput, kind: Kind, diag: &mut Diagnostics) -> Vec<(Ident, String)> {
    let derive = if kind == Kind::PgEnum { "PgEnum" } else { "TextEnum" };
    let Data::Enum(data) = &input.data else {
        let message = format!("`{derive}` is for enums of plain variants: derive `Newtype` on a struct of one field");
        diag.error(input.ident.span(), message);
        return Vec::new();
    };
    if !input.generics.params.is_empty() {
        diag.error_on(
            &input.generics,
            format!("`{derive}` is for enums without type parameters and lifetimes: remove them"),
        );
    }
    if data.variants.is_empty() {
        diag.error(input.ident.span(), format!("`{}` has no variants, so no label: write at least one", input.ident));
    }
    let (mut out, mut seen) = (Vec::new(), HashSet::new());
    for variant in &data.variants {
        let attr = LabelAttr::read(&variant.attrs, &["name"], diag);
        if !matches!(variant.fields, Fields::Unit) {
            let message =
                format!("a label holds no data: write `{}` alone, and keep the data in columns", variant.ident);
            diag.error_on(&variant.fields, message);
        }
        let label = attr.name.get().map_or_else(|| snake_case(&variant.ident.unraw().to_string()), LitStr::value);
        let at = attr.name.get().map_or_else(|| variant.ident.span(), LitStr::span);
        let limit = if kind == Kind::PgEnum { refusal("the label", &label) } else { None };
        diag.note(at, limit);
        if !seen.insert(label.clone()) {
            diag.error(at, format!("two variants have the label `{label}`: write `#[column(name = \"…\")]` on one"));
        }
        out.push((variant.ident.clone(), label));
    }
    out
}

/// Generates the impls. For `enum Status { Pending }`:
///
/// ```ignore
/// impl Status {
///     const __LABELS: &'static [&'static str] = &["pending"];
///     pub const fn as_str(&self) -> &'static str { match self { Self::Pending => "pending" } }
/// }
/// impl ColumnType for Status { /* the label's bytes; the variant of a label, or an error that names it */ }
/// impl ArrayElement for Status {}
/// impl Display for Status { /* the label */ }
/// impl FromStr for Status { /* the variant of the label, or an error that lists the labels */ }
/// impl ToSql for Status { /* as the ColumnType */ }
/// impl<'a> FromSql<'a> for Status { /* as the ColumnType */ }
/// ```
fn expand(
    input: &DeriveInput,
    variants: &[(Ident, String)],
    sql_type: &TokenStream,
    accepts: &TokenStream,
    attr: &LabelAttr,
) -> TokenStream {
    let (ident, root) = (&input.ident, root(attr.krate.get()));
    let (names, labels): (Vec<_>, Vec<_>) = variants.iter().map(|(name, label)| (name, label)).unzip();
    let no_variant = variants.is_empty().then(|| quote!(_ => "",));
    let wire = driver_traits(ident);
    let ecosystem = ecosystem(input, &names, &attr.ecosystem);
    let (label, ty, out, raw) = (invented("label"), invented("ty"), invented("out"), invented("raw"));
    quote! {
        #[allow(warnings, missing_docs, clippy::pedantic)]
        const _: () = {
            use #root::__private as __s;
            impl #ident {
                const __LABELS: &'static [&'static str] = &[#(#labels),*];
                /// The label, as PostgreSQL stores it.
                pub const fn as_str(&self) -> &'static str {
                    match self { #(Self::#names => #labels,)* #no_variant }
                }
                fn __of(#label: &str) -> ::core::option::Option<Self> {
                    match #label { #(#labels => ::core::option::Option::Some(Self::#names),)* _ => ::core::option::Option::None }
                }
            }
            #[automatically_derived]
            impl __s::ColumnType for #ident {
                type Inner = Self;
                const SQL_TYPE: __s::SqlType = #sql_type;
                fn accepts(#ty: &__s::types::Type) -> bool { #accepts }
                fn decode(#ty: &__s::types::Type, #raw: &[u8]) -> __s::Wire<Self> {
                    __s::from_label(#raw, Self::__of, Self::__LABELS)
                }
                fn encode(&self, #ty: &__s::types::Type, #out: &mut __s::BytesMut) -> __s::Wire<__s::types::IsNull> {
                    <&str as __s::types::ToSql>::to_sql(&self.as_str(), #ty, #out)
                }
            }
            #[automatically_derived]
            impl ::core::fmt::Display for #ident {
                fn fmt(&self, #out: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { #out.pad(self.as_str()) }
            }
            #[automatically_derived]
            impl ::core::str::FromStr for #ident {
                type Err = __s::UnknownLabelError;
                fn from_str(#label: &str) -> ::core::result::Result<Self, __s::UnknownLabelError> {
                    __s::parse_label(#label, Self::__of, Self::__LABELS)
                }
            }
            #[automatically_derived]
            impl __s::ArrayElement for #ident {}
            #wire
            #ecosystem
        };
    }
}

/// Generates what other crates know the labels by.
fn ecosystem(input: &DeriveInput, variants: &[&Ident], asked: &Ecosystem) -> TokenStream {
    let value = invented("value");
    let text = Subject { ident: &input.ident, generics: &input.generics, stands_for: quote!(::std::string::String) };
    let read = quote!(__s::parse_label(&#value, Self::__of, Self::__LABELS).map_err(<__D::Error as __s::serde::de::Error>::custom));
    let serde = asked.serde(&text, &quote!(self.as_str()), &value, &read);
    let schema = quote! {
        __s::utoipa::openapi::schema::ObjectBuilder::new()
            .schema_type(__s::utoipa::openapi::schema::Type::String)
            .enum_values(::core::option::Option::Some(Self::__LABELS.iter().copied()))
            .into()
    };
    let (utoipa, clap) = (asked.utoipa(&text, &schema), asked.clap(&input.ident, variants));
    quote!(#serde #utoipa #clap)
}

impl LabelAttr {
    fn read(attrs: &[Attribute], keys: &[&str], diag: &mut Diagnostics) -> Self {
        let mut this = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("column")) {
            let Some(tokens) = arguments(attr, "column(name = \"order_status\")", diag) else { continue };
            for entry in entries(tokens, diag) {
                this.take(&entry, keys, diag);
            }
        }
        this
    }

    fn take(&mut self, entry: &Entry, keys: &[&str], diag: &mut Diagnostics) {
        let key = &entry.key;
        if keys.contains(&"serde") && self.ecosystem.take(entry, diag) {
            return;
        }
        match key.to_string().as_str() {
            "name" if keys.contains(&"name") => self.name.set(key, string(entry, diag), diag),
            "schema" if keys.contains(&"schema") => self.schema.set(key, string(entry, diag), diag),
            "crate" if keys.contains(&"crate") => self.krate.set(key, path(entry, diag), diag),
            other => diag.error(key.span(), format!("unknown key `{other}`: `#[column]` takes {} here", list(keys))),
        }
    }
}
