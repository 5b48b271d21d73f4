//! `#[derive(FromRow)]`: makes a struct a row of any statement. Each field is a column, or consecutive columns that are a model
//! or another row.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Field, Fields, Path};

use crate::path::{invented, root};

/// Runs the derive: returns all mistakes, or the impls. For a struct `Monthly` of two columns:
///
/// ```ignore
/// const __0: __q::Part<DateTime<Utc>> = __q::part::<DateTime<Utc>, _>();
/// const __1: __q::Part<Decimal> = __q::part::<Decimal, _>();
/// impl __FromRow for Monthly {
///     fn from_row(row: &mut __RowReader<'_>) -> __Result<Self> {
///         __Ok(Self { month: (__0.take)(row, __Option::Some("month"))?, total: … })
///     }
/// }
/// impl __q::RowColumns for Monthly {
///     const WIDTH: usize = 0 + __0.width + __1.width;
///     fn describe(to: &mut __q::ColumnShapes) {
///         (__0.describe)(to, __Option::Some("month"));
///         …
///     }
/// }
/// ```
pub(crate) fn from_row(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    expand(&input).unwrap_or_else(|error| error.to_compile_error())
}

/// The values of `#[from_row(…)]`: `crate` on the struct, `name` on a field.
#[derive(Default)]
struct Attr {
    krate: Option<Path>,
    name: Option<syn::LitStr>,
}

fn read(attrs: &[Attribute], keys: &[&str]) -> syn::Result<Attr> {
    let mut this = Attr::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("from_row")) {
        attr.parse_nested_meta(|meta| {
            let key = keys.iter().find(|key| meta.path.is_ident(key));
            match key.copied() {
                Some("crate") => this.krate = Some(meta.value()?.parse()?),
                Some("name") => this.name = Some(meta.value()?.parse()?),
                _ => return Err(meta.error(format!("unknown key: write {}", crate::names::list(keys)))),
            }
            Ok(())
        })?;
    }
    Ok(this)
}

fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let attr = read(&input.attrs, &["crate"])?;
    let refused = |what: &str| Err(syn::Error::new(input.ident.span(), what));
    let Data::Struct(data) = &input.data else {
        return refused("a row is a struct: each field is a column, or a model");
    };
    if let Fields::Unit = data.fields {
        return refused("the struct has no fields: give it one for each column, in their order");
    }
    if !input.generics.params.is_empty() {
        return refused("a row takes no parameters: its fields have the types of columns, or are rows themselves");
    }
    let (ident, root) = (&input.ident, root(attr.krate.as_ref()));
    let (row, to) = (invented("row"), invented("to"));
    let labels = data.fields.iter().map(label).collect::<syn::Result<Vec<_>>>()?;
    let parts: Vec<_> = (0..labels.len()).map(|at| invented(&format!("__{at}"))).collect();
    let constants = data.fields.iter().zip(&parts).map(
        |(Field { ty, .. }, part)| quote_spanned!(ty.span()=> const #part: __q::Part<#ty> = __q::part::<#ty, _>();),
    );
    let fields = data.fields.members().zip(&parts).zip(&labels);
    let fields = fields.map(|((member, part), label)| quote!(#member: (#part.take)(#row, #label)?));
    Ok(quote! {
        #[allow(warnings, missing_docs, clippy::all, clippy::pedantic)]
        const _: () = {
            use #root::__names::*;
            use #root::__private::query as __q;
            #(#constants)*
            #[automatically_derived]
            impl __FromRow for #ident {
                fn from_row(#row: &mut __RowReader<'_>) -> __Result<Self> {
                    __Ok(Self { #(#fields),* })
                }
            }
            #[automatically_derived]
            impl __q::RowColumns for #ident {
                const WIDTH: usize = 0 #(+ #parts.width)*;
                fn describe(#to: &mut __q::ColumnShapes) {
                    #((#parts.describe)(#to, #labels);)*
                }
            }
        };
    })
}

/// Returns the name of a field's column as an `Option`: the fields of a tuple have none.
fn label(field: &Field) -> syn::Result<TokenStream> {
    let named = read(&field.attrs, &["name"])?.name.map(|name| name.value());
    let name = named.or_else(|| field.ident.as_ref().map(syn::ext::IdentExt::unraw).map(|name| name.to_string()));
    Ok(name.map_or_else(|| quote!(__None), |name| quote!(__Option::Some(#name))))
}
