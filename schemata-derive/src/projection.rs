//! `#[derive(Projection)]`: makes a struct a list of columns and expressions of a query, or the names of a derived table's columns.
//! `expand/projection.rs` writes the impls.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Expr, Field, Fields, Path, PathSegment, Token};

use crate::expand::projection::{Column, Content, Struct, derived_table, listed};
use crate::names;

/// Runs the derive: returns the first mistake, or the impls.
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

/// The values of `#[projection(…)]`: `of`, `source` and `crate` on the struct, the others on a field.
#[derive(Default)]
struct Attr {
    of: Option<Vec<Path>>,
    is_source: bool,
    krate: Option<Path>,
    column: Option<Expr>,
    expr: Option<Expr>,
    reads: Option<Vec<Path>>,
    is_nested: bool,
}

fn read(attrs: &[syn::Attribute], keys: &[&str]) -> syn::Result<Attr> {
    let mut this = Attr::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("projection")) {
        attr.parse_nested_meta(|meta| {
            let key = keys.iter().find(|key| meta.path.is_ident(key));
            match key.copied() {
                Some("of") => this.of = Some(paths(meta.value()?)?),
                Some("source") => this.is_source = true,
                Some("crate") => this.krate = Some(meta.value()?.parse()?),
                Some("column") => this.column = Some(meta.value()?.parse()?),
                Some("expr") => this.expr = Some(meta.value()?.parse()?),
                Some("reads") => this.reads = Some(paths(meta.value()?)?),
                Some("nested") => this.is_nested = true,
                _ => return Err(meta.error(format!("unknown key: write {}", names::list(keys)))),
            }
            Ok(())
        })?;
    }
    Ok(this)
}

/// Reads `Order` or `(Order, Customer)`.
fn paths(input: syn::parse::ParseStream<'_>) -> syn::Result<Vec<Path>> {
    if !input.peek(syn::token::Paren) {
        return Ok(vec![input.parse()?]);
    }
    let inside;
    syn::parenthesized!(inside in input);
    Ok(Punctuated::<Path, Token![,]>::parse_terminated(&inside)?.into_iter().collect())
}

fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let attr = read(&input.attrs, &["of", "source", "crate"])?;
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
    let tables = attr.of.unwrap_or_default();
    if attr.is_source && !tables.is_empty() {
        return refused(
            "a struct is either `of` tables or a `source`: the query that makes a source lists its columns",
        );
    }
    let fields = fields.named.iter().map(|field| column(&tables, field)).collect::<syn::Result<Vec<_>>>()?;
    let this = Struct { ident: &input.ident, vis: &input.vis, krate: attr.krate.as_ref(), tables: &tables, fields };
    if attr.is_source {
        let name = names::snake_case(&input.ident.unraw().to_string());
        let columns = this.fields.iter().map(|field| ("a column", field.name.clone()));
        for (what, name) in columns.chain([("a derived table", name.clone())]) {
            if let Some(message) = names::refusal(what, &name) {
                return refused(&message);
            }
        }
        return Ok(derived_table(&this, &name));
    }
    Ok(listed(&this))
}

fn column<'f>(tables: &[Path], field: &'f Field) -> syn::Result<Column<'f>> {
    let ident = field.ident.as_ref().expect("the fields have names");
    let attr = read(&field.attrs, &["column", "expr", "reads", "nested"])?;
    let refused = |what: &str| Err(syn::Error::new(ident.span(), what));
    let given = [attr.column.is_some(), attr.expr.is_some(), attr.is_nested];
    if given.iter().filter(|given| **given).count() > 1 {
        return refused("a field is one of `column = …`, `expr = …` and `nested`");
    }
    let content = match (tables.first(), attr.column, attr.expr, attr.is_nested) {
        (None, None, None, false) => Content::Unlisted,
        (None, ..) => {
            return refused("of which tables? write `#[projection(of = (Order, Customer))]` on the struct");
        }
        (_, _, _, true) => Content::Nested,
        (_, _, Some(expr), _) => {
            let named = attr
                .reads
                .map(|reads| reads.iter().map(|table| position(tables, table.segments.last(), table)).collect());
            Content::Expr { expr, reads: named.unwrap_or_else(|| Ok((0..tables.len()).collect()))? }
        }
        (_, Some(column), ..) => {
            Content::Column { table: table_of(tables, &column)?, column: column.to_token_stream() }
        }
        (Some(first), None, None, false) => {
            let blamed = blaming(first, field);
            let column = quote_spanned!(ident.span()=> #blamed::#ident);
            Content::Column { table: 0, column }
        }
    };
    let (vis, ty) = (&field.vis, &field.ty);
    Ok(Column { ident, vis, ty, docs: docs(field), name: ident.unraw().to_string(), content })
}

fn docs(field: &Field) -> Vec<&syn::Attribute> {
    field.attrs.iter().filter(|attr| attr.path().is_ident("doc")).collect()
}

/// Returns the position of the table that a column belongs to: `Customer` of `Customer::name`, of `Customer::audit.created_at`, and `Boss`
/// of `Boss::of(Employee::name)`.
fn table_of(tables: &[Path], column: &Expr) -> syn::Result<usize> {
    if tables.len() == 1 {
        return Ok(0);
    }
    let mut handle = column;
    let path = loop {
        match handle {
            Expr::Field(field) => handle = &field.base,
            Expr::Call(call) => handle = &call.func,
            Expr::Path(path) => break Some(&path.path),
            _ => break None,
        }
    };
    position(tables, path.and_then(|path| path.segments.iter().rev().nth(1)), column)
}

/// Returns the position of a table by the last part of its path.
fn position(tables: &[Path], table: Option<&PathSegment>, blamed: &impl ToTokens) -> syn::Result<usize> {
    let last = |table: &Path| table.segments.last().map(|last| last.ident.clone());
    let found = table.and_then(|table| tables.iter().position(|known| last(known).as_ref() == Some(&table.ident)));
    found.ok_or_else(|| {
        let known: Vec<String> = tables.iter().filter_map(last).map(|name| name.to_string()).collect();
        let message = format!("this reads none of the tables {}: add its table to `of`", names::list(&known));
        syn::Error::new(blamed.span(), message)
    })
}

/// Returns the model's path with the span of the field, so that the compiler blames the field for what does not fit.
fn blaming(model: &Path, field: &Field) -> TokenStream {
    let respan = |mut token: TokenTree| {
        token.set_span(token.span().located_at(field.ident.span()));
        token
    };
    model.to_token_stream().into_iter().map(respan).collect()
}
