//! `sql_fn! { fn canon_name(text: String) -> String; }`: functions of the database as functions of Rust.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, LitStr, Token, Type, Visibility};

use crate::diag::Diagnostics;

const SHAPE: &str = "write `pub fn canon_name(text: String) -> String;`";

/// The declarations, after the path of the core.
struct Input {
    root: TokenStream,
    functions: Vec<Function>,
}

/// One declaration.
struct Function {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    is_aggregate: bool,
    name: Ident,
    parameters: Punctuated<Parameter, Token![,]>,
    result: Type,
}

/// `text: String`.
struct Parameter {
    name: Ident,
    ty: Type,
}

/// The values of `#[sql(…)]`.
#[derive(Default)]
struct SqlAttr {
    name: Option<LitStr>,
    schema: Option<LitStr>,
    is_called_on_null_input: bool,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let root;
        syn::bracketed!(root in input);
        let (root, mut functions) = (root.parse()?, Vec::new());
        while !input.is_empty() {
            functions.push(input.parse()?);
        }
        Ok(Self { root, functions })
    }
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let is_aggregate = input.peek(syn::Ident) && input.fork().parse::<Ident>()? == "aggregate";
        if is_aggregate {
            input.parse::<Ident>()?;
        }
        let shape = |error: syn::Error| syn::Error::new(error.span(), format!("{error}: {SHAPE}"));
        input.parse::<Token![fn]>().map_err(shape)?;
        let name = input.parse()?;
        let parameters;
        syn::parenthesized!(parameters in input);
        let parameters = Punctuated::parse_terminated(&parameters).map_err(shape)?;
        input.parse::<Token![->]>().map_err(shape)?;
        let result = input.parse()?;
        input.parse::<Token![;]>().map_err(shape)?;
        Ok(Self { attributes, visibility, is_aggregate, name, parameters, result })
    }
}

impl Parse for Parameter {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        Ok(Self { name, ty: input.parse()? })
    }
}

/// Runs the macro.
pub(crate) fn sql_fn(input: TokenStream) -> TokenStream {
    let Input { root, functions } = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut diag = Diagnostics::default();
    let expanded: TokenStream = functions.iter().map(|function| function.expand(&root, &mut diag)).collect();
    let errors = diag.to_tokens();
    quote!(#expanded #errors)
}

impl Function {
    /// Generates the function. For `pub fn canon_name(text: String) -> String;`:
    ///
    /// ```ignore
    /// pub fn canon_name<A0: Argument<<String as ColumnType>::Inner>>(
    ///     text: A0,
    /// ) -> Expr<A0::Reads, <A0::Null as Nullness>::Of<String>> {
    ///     __function("\"canon_name\"(", vec![text.__argument()])
    /// }
    /// ```
    fn expand(&self, root: &TokenStream, diag: &mut Diagnostics) -> TokenStream {
        let Self { visibility, name, is_aggregate, result, .. } = self;
        let attr = SqlAttr::read(&self.attributes, diag);
        self.check(&attr, diag);
        let kept = self.attributes.iter().filter(|attr| !attr.path().is_ident("sql"));
        let names: Vec<&Ident> = self.parameters.iter().map(|parameter| &parameter.name).collect();
        let types = self.parameters.iter().map(|parameter| &parameter.ty);
        let generics: Vec<Ident> =
            (0..names.len()).map(|at| format_ident!("__A{at}", span = Span::mixed_site())).collect();
        let mut reads = generics.first().map_or_else(|| quote!(()), |first| quote!(#first::Reads));
        let mut null = quote!(#root::schema::Never);
        for (at, generic) in generics.iter().enumerate() {
            if at > 0 {
                reads = quote!(#generic::With<#reads>);
            }
            null = quote!(<#null as #root::schema::Nullness>::Or<#generic::Null>);
        }
        let (reads, ty, make, sql) = match (is_aggregate, attr.is_called_on_null_input) {
            (true, _) => (quote!(#root::query::Aggregated<#reads>), quote!(#result), "__aggregate", ""),
            (false, true) => (quote!(#root::query::Settled<#reads>), quote!(#result), "__function", "("),
            (false, false) => (reads, quote!(<#null as #root::schema::Nullness>::Of<#result>), "__function", "("),
        };
        let (make, sql) = (Ident::new(make, Span::mixed_site()), attr.quoted(name) + sql);
        quote! {
            #(#kept)*
            #visibility fn #name<#(#generics: #root::query::Argument<<#types as #root::schema::ColumnType>::Inner>),*>(
                #(#names: #generics),*
            ) -> #root::query::Expr<#reads, #ty> {
                #root::query::functions::#make(
                    #sql,
                    ::std::vec![#(#root::query::Argument::__argument(#names)),*],
                )
            }
        }
    }

    fn check(&self, attr: &SqlAttr, diag: &mut Diagnostics) {
        if self.is_aggregate && self.parameters.is_empty() {
            diag.error(
                self.name.span(),
                "an aggregate has a parameter; rows are counted by `schemata::query::count()`",
            );
        }
        if self.is_aggregate && attr.is_called_on_null_input {
            diag.error(
                self.name.span(),
                "`called_on_null_input` is for functions: an aggregate has exactly the declared type",
            );
        }
    }
}

impl SqlAttr {
    /// Reads `#[sql(…)]`.
    fn read(attributes: &[Attribute], diag: &mut Diagnostics) -> Self {
        let mut read = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("sql")) {
            let parsed = attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("name") {
                    read.name = Some(identifier(&meta)?);
                } else if meta.path.is_ident("schema") {
                    read.schema = Some(identifier(&meta)?);
                } else if meta.path.is_ident("called_on_null_input") {
                    read.is_called_on_null_input = true;
                } else {
                    return Err(meta.error("unknown key: the keys are `name`, `schema` and `called_on_null_input`"));
                }
                Ok(())
            });
            if let Err(error) = parsed {
                diag.error(error.span(), error);
            }
        }
        read
    }

    /// Returns the name of the function in SQL.
    fn quoted(&self, name: &Ident) -> String {
        let plain = self.name.as_ref().map_or_else(|| syn::ext::IdentExt::unraw(name).to_string(), LitStr::value);
        let schema = self.schema.as_ref().map(|schema| format!("{}.", quote_name(&schema.value())));
        schema.unwrap_or_default() + &quote_name(&plain)
    }
}

fn identifier(meta: &syn::meta::ParseNestedMeta<'_>) -> syn::Result<LitStr> {
    let name: LitStr = meta.value()?.parse()?;
    let value = name.value();
    let message = match value.len() {
        0 => "a name is empty",
        64.. => "a name has more than 63 bytes, PostgreSQL's limit",
        _ if value.contains('\0') => "a name has a NUL character",
        _ => return Ok(name),
    };
    Err(syn::Error::new(name.span(), message))
}

fn quote_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
