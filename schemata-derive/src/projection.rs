//! `#[derive(Projection)]`: makes a struct a selection of a model's columns.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Expr, Field, Fields, Path};

use crate::path::{import, invented};

/// Runs the derive: returns all mistakes, or the impls of `FromRow` and `Projection`. For a struct `Brief` of `Order`
/// with two fields:
///
/// ```ignore
/// impl __FromRow for Brief {
///     fn from_row(row: &mut __RowReader) -> __Result<Self> { __Ok(Self { id: row.take()?, status: row.take()? }) }
/// }
/// impl __Projection for Brief {
///     type Model = Order;
///     const COLUMNS: &'static [&'static str] =
///         &[__projected::<Order, Uuid, _>(Order::id), __projected::<Order, String, _>(Order::status)];
/// }
/// ```
pub(crate) fn projection(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    match expand(&input) {
        Ok(items) => items,
        Err(error) => error.to_compile_error(),
    }
}

/// Returns the model's path with the span of the field, so that the compiler blames the field for what does not fit.
fn blaming(model: &Path, field: &Field) -> TokenStream {
    let respan = |mut token: TokenTree| {
        token.set_span(token.span().located_at(field.ident.span()));
        token
    };
    model.to_token_stream().into_iter().map(respan).collect()
}

/// The values of `#[projection(…)]`: `of` and `crate` on the struct, `column` on a field.
#[derive(Default)]
struct Attr {
    of: Option<Path>,
    krate: Option<Path>,
    column: Option<Expr>,
}

fn read(attrs: &[syn::Attribute], keys: &[&str]) -> syn::Result<Attr> {
    let mut this = Attr::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("projection")) {
        attr.parse_nested_meta(|meta| {
            let key = keys.iter().find(|key| meta.path.is_ident(key));
            match key.copied() {
                Some("of") => this.of = Some(meta.value()?.parse()?),
                Some("crate") => this.krate = Some(meta.value()?.parse()?),
                Some("column") => this.column = Some(meta.value()?.parse()?),
                _ => return Err(meta.error(format!("unknown key: write {}", crate::names::list(keys)))),
            }
            Ok(())
        })?;
    }
    Ok(this)
}

fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let attr = read(&input.attrs, &["of", "crate"])?;
    let refused = |what: &str| Err(syn::Error::new(input.ident.span(), what));
    let Data::Struct(data) = &input.data else {
        return refused("a projection is a struct: each field is a column");
    };
    let Fields::Named(fields) = &data.fields else {
        return refused("the fields of a projection have names: those of the columns");
    };
    if !input.generics.params.is_empty() {
        return refused("a projection takes no parameters: its fields have the types of columns");
    }
    let Some(model) = attr.of else {
        return refused("whose columns? write `#[projection(of = Order)]` on the struct");
    };
    let handles = fields.named.iter().map(|field| handle(&model, field)).collect::<syn::Result<Vec<_>>>()?;
    let (ident, row, import) = (&input.ident, invented("row"), import(attr.krate.as_ref()));
    let names = fields.named.iter().map(|field| &field.ident);
    Ok(quote! {
        #[allow(warnings, missing_docs, clippy::all, clippy::pedantic)]
        const _: () = {
            #import
            #[automatically_derived]
            impl __FromRow for #ident {
                fn from_row(#row: &mut __RowReader) -> __Result<Self> {
                    __Ok(Self { #(#names: #row.take()?),* })
                }
            }
            #[automatically_derived]
            impl __Projection for #ident {
                type Model = #model;
                const COLUMNS: &'static [&'static str] = &[#(#handles),*];
            }
        };
    })
}

/// Returns the column's name, by a call that compiles only if the column has the type of the field.
fn handle(model: &Path, field: &Field) -> syn::Result<TokenStream> {
    let (ident, ty) = (&field.ident, &field.ty);
    let column = read(&field.attrs, &["column"])?.column;
    let column = column.map_or_else(
        || {
            let model = blaming(model, field);
            quote_spanned!(field.ident.span()=> #model::#ident)
        },
        |column| quote!(#column),
    );
    Ok(quote_spanned!(ty.span()=> __projected::<#model, #ty, _>(#column)))
}
