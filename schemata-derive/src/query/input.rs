//! What a user writes in `query!`: functions with a text in place of a body.

use proc_macro2::{Ident, Span};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Expr, ExprLit, FnArg, Lit, LitStr, Pat, Path, Result, Token, Type, Visibility};

const SHAPE: &str =
    "fn by_status(status: &str) -> Vec<Order> = \"SELECT {Order::*} FROM {Order} WHERE {Order::status} = {status}\";";

/// The input of `query!`.
pub(crate) struct Queries {
    /// The path of `crate = …;`.
    pub(crate) krate: Option<Path>,
    pub(crate) functions: Vec<QueryFn>,
}

/// A function whose body is SQL.
pub(crate) struct QueryFn {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) name: Ident,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) output: Type,
    pub(crate) text: LitStr,
}

/// A parameter of the function.
pub(crate) struct Parameter {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
}

impl Parse for Queries {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut this = Self { krate: None, functions: Vec::new() };
        if input.peek(Token![crate]) {
            input.parse::<Token![crate]>()?;
            input.parse::<Token![=]>()?;
            this.krate = Some(input.parse()?);
            input.parse::<Token![;]>()?;
        }
        while !input.is_empty() {
            this.functions.push(input.parse()?);
        }
        if this.functions.is_empty() {
            return Err(Error::new(Span::call_site(), format!("there is no query: write `{SHAPE}`")));
        }
        Ok(this)
    }
}

impl Parse for QueryFn {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        if input.peek(Token![async]) {
            return Err(input.error("every query is an async function: leave out `async`"));
        }
        input
            .parse::<Token![fn]>()
            .map_err(|error| Error::new(error.span(), format!("expected a query: `{SHAPE}`")))?;
        let name = input.parse()?;
        if input.peek(Token![<]) {
            return Err(
                input.error("a query has no type parameters and no lifetimes: write types that the check can compare")
            );
        }
        let inside;
        syn::parenthesized!(inside in input);
        let arguments = inside.parse_terminated(FnArg::parse, Token![,])?;
        let parameters = arguments.into_iter().map(parameter).collect::<Result<_>>()?;
        if !input.peek(Token![->]) {
            return Err(input.error(
                "what does the query return? write `-> Vec<Order>`, `-> Option<Order>`, `-> Order`, `-> Stream<Order>`, or `-> u64` \
                 for the number of rows that it affects",
            ));
        }
        input.parse::<Token![->]>()?;
        let output = input.parse()?;
        input.parse::<Token![=]>()?;
        let text = text(&input.parse()?)?;
        input.parse::<Token![;]>()?;
        Ok(Self { attrs, vis, name, parameters, output, text })
    }
}

fn parameter(argument: FnArg) -> Result<Parameter> {
    match argument {
        FnArg::Typed(typed) => match *typed.pat {
            Pat::Ident(pat) if pat.by_ref.is_none() && pat.mutability.is_none() && pat.subpat.is_none() => {
                Ok(Parameter { name: pat.ident, ty: *typed.ty })
            }
            other => Err(Error::new_spanned(other, "a parameter of a query is a name: `status: &str`")),
        },
        FnArg::Receiver(receiver) => {
            Err(Error::new_spanned(receiver, "a query is a function of its own: it takes values, not `self`"))
        }
    }
}

fn text(expr: &Expr) -> Result<LitStr> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text.clone()),
        other => Err(Error::new_spanned(
            other,
            "the SQL of a query is a literal: values go in by `{name}`; for text made at run time there is `RawSql::trusted`",
        )),
    }
}
