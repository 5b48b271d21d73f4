//! `#[derive(PgComposite)]`: a struct with named fields that is a PostgreSQL composite type, each field an attribute.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Data, DeriveInput, Fields, Ident, LitStr, Type};

use crate::attr::created_type::TypeAttr;
use crate::check::sql_type;
use crate::diag::Diagnostics;
use crate::driver_traits::driver_traits;
use crate::path::{ends, invented, root};

/// A field, and the attribute that it is.
struct AttributeField<'i> {
    ident: &'i Ident,
    ty: &'i Type,
    name: String,
    declared: Option<LitStr>,
}

/// Runs the derive.
pub(crate) fn composite(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut diag = Diagnostics::default();
    let attr = TypeAttr::read(&input.attrs, &["name", "schema", "crate"], &mut diag);
    let name = attr.name(&input.ident, "the composite type", &mut diag);
    let fields = fields(&input, &mut diag);
    if diag.is_empty() { expand(&input.ident, &fields, &name, &attr) } else { diag.to_tokens() }
}

fn fields<'i>(input: &'i DeriveInput, diag: &mut Diagnostics) -> Vec<AttributeField<'i>> {
    if !input.generics.params.is_empty() {
        diag.error_on(&input.generics, "`PgComposite` takes neither type parameters nor lifetimes: remove them");
    }
    let named = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !fields.named.is_empty() => Some(&fields.named),
            _ => None,
        },
        _ => None,
    };
    let Some(named) = named else {
        let message =
            format!("`PgComposite` is for a struct with named fields: write `struct {} {{ … }}`", input.ident);
        diag.error(input.ident.span(), message);
        return Vec::new();
    };
    let mut fields: Vec<AttributeField<'i>> = Vec::new();
    for field in named {
        let Some(ident) = &field.ident else { continue };
        let attr = TypeAttr::read(&field.attrs, &["name", "sql_type"], diag);
        let name = attr.name(ident, "the attribute", diag);
        if fields.iter().any(|other| other.name == name) {
            diag.error(ident.span(), format!("two attributes are called `{name}`: rename one of the fields"));
        }
        let declared = attr.sql_type.get().cloned();
        if let Some(declared) = &declared
            && let Err(message) = sql_type::check(&declared.value())
        {
            diag.error(declared.span(), message);
        }
        fields.push(AttributeField { ident, ty: &field.ty, name, declared });
    }
    fields
}

/// Generates the impls. For `struct Address { street: String, zip: Option<String> }`:
///
/// ```ignore
/// const COLUMNS: &[Column] = &[Column::of::<String>("street"), Column::of::<Option<String>>("zip")];
/// const _: isize = verify_implied_type(COLUMNS, 0);
/// const ATTRIBUTES: &[Attribute] = &[attribute(&COLUMNS[0]), attribute(&COLUMNS[1])];
/// impl ColumnType for Address {
///     type Inner = Self;
///     const SQL_TYPE: SqlType = SqlType::composite(None, "address", ATTRIBUTES);
///     fn accepts(ty: &Type) -> bool { is_composite(ty, "address") }
///     fn decode(ty: &Type, raw: &[u8]) -> Wire<Self> {
///         let mut reader = CompositeReader::new(ty, raw)?;
///         let value = Self { street: reader.take("street")?, zip: reader.take("zip")? };
///         reader.finish()?;
///         Ok(value)
///     }
///     fn encode(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> { /* likewise by a CompositeWriter */ }
/// }
/// impl ArrayElement for Address {}
/// impl ToSql for Address { /* as the ColumnType */ }
/// impl<'a> FromSql<'a> for Address { /* as the ColumnType */ }
/// ```
fn expand(ident: &Ident, fields: &[AttributeField<'_>], name: &str, attr: &TypeAttr) -> TokenStream {
    let (root, schema) = (root(attr.krate()), attr.schema());
    let names: Vec<&String> = fields.iter().map(|field| &field.name).collect();
    let idents: Vec<&Ident> = fields.iter().map(|field| field.ident).collect();
    let columns = fields.iter().map(|AttributeField { ty, name, declared, .. }| {
        let declared = declared.as_ref().map(|declared| quote!(.sql_type(#declared)));
        quote!(__s::Column::of::<#ty>(#name)#declared)
    });
    let verified = fields.iter().enumerate().map(|(at, field)| {
        if let Some(declared) = &field.declared {
            return quote_spanned!(declared.span()=> const _: isize = __s::verify_sql_type(COLUMNS, #at););
        }
        let (start, _) = ends(field.ty);
        quote_spanned!(start=> const _: isize = __s::verify_implied_type(COLUMNS, #at);)
    });
    let at = 0..fields.len();
    let driver_traits = driver_traits(ident);
    let (ty, raw, out) = (invented("ty"), invented("raw"), invented("out"));
    let (reader, writer, value) = (invented("reader"), invented("writer"), invented("value"));
    quote! {
        #[allow(warnings, missing_docs, clippy::pedantic)]
        const _: () = {
            use #root::__private as __s;
            const COLUMNS: &[__s::Column] = &[#(#columns),*];
            #(#verified)*
            const ATTRIBUTES: &[__s::Attribute] = &[#(__s::attribute(&COLUMNS[#at])),*];
            #[automatically_derived]
            impl __s::ColumnType for #ident {
                type Inner = Self;
                const SQL_TYPE: __s::SqlType = __s::SqlType::composite(#schema, #name, ATTRIBUTES);
                fn accepts(#ty: &__s::types::Type) -> bool { __s::is_composite(#ty, #name) }
                fn decode(#ty: &__s::types::Type, #raw: &[u8]) -> __s::Wire<Self> {
                    let mut #reader = __s::CompositeReader::new(#ty, #raw)?;
                    let #value = Self { #(#idents: #reader.take(#names)?),* };
                    #reader.finish()?;
                    ::core::result::Result::Ok(#value)
                }
                fn encode(&self, #ty: &__s::types::Type, #out: &mut __s::BytesMut) -> __s::Wire<__s::types::IsNull> {
                    let mut #writer = __s::CompositeWriter::new(#ty)?;
                    #(#writer.put(#names, &self.#idents)?;)*
                    #writer.finish(#out)
                }
            }
            #[automatically_derived]
            impl __s::ArrayElement for #ident {}
            #driver_traits
        };
    }
}
