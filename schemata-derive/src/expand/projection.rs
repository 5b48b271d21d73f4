//! Generates the impls of `#[derive(Projection)]`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Path, Type, Visibility};

use crate::path::{import, invented};

/// The struct.
pub(crate) struct Struct<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) krate: Option<&'a Path>,
    pub(crate) tables: &'a [Path],
    pub(crate) fields: Vec<Column<'a>>,
}

/// A field.
pub(crate) struct Column<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) ty: &'a Type,
    pub(crate) docs: Vec<&'a Attribute>,
    /// The name without `r#`.
    pub(crate) name: String,
    pub(crate) content: Content,
}

/// What a field is read from.
pub(crate) enum Content {
    /// The struct does not say.
    Unlisted,
    /// A column of the table at this position.
    Column {
        table: usize,
        column: TokenStream,
    },
    /// An expression that reads the tables at these positions.
    Expr {
        expr: Expr,
        reads: Vec<usize>,
    },
    Nested,
}

fn in_const(krate: Option<&Path>, items: &TokenStream) -> TokenStream {
    let import = import(krate);
    quote! {
        #[allow(warnings, missing_docs, clippy::all, clippy::pedantic)]
        const _: () = {
            #import
            #items
        };
    }
}

/// Generates what reads the fields one after the other. For two fields:
///
/// ```ignore
/// impl __FromRow for Line {
///     fn from_row(row: &mut __RowReader<'_>) -> __Result<Self> { __Ok(Self { id: row.take()?, name: row.take()? }) }
/// }
/// impl<Rest> __query::ColumnTypes<Rest> for Line { type List = (i64, (String, Rest)); }
/// ```
fn plain_row(this: &Struct<'_>) -> TokenStream {
    let (ident, row, rest) = (this.ident, invented("row"), invented("Rest"));
    let names = this.fields.iter().map(|field| field.ident);
    let types = this.fields.iter().rev().map(|field| field.ty).fold(quote!(#rest), |rest, ty| quote!((#ty, #rest)));
    quote! {
        #[automatically_derived]
        impl __FromRow for #ident {
            fn from_row(#row: &mut __RowReader<'_>) -> __Result<Self> {
                __Ok(Self { #(#names: #row.take()?),* })
            }
        }
        #[automatically_derived]
        impl<#rest> __query::ColumnTypes<#rest> for #ident {
            type List = #types;
        }
    }
}

/// Generates a derived table: see `DerivedTable` for its use. For a struct `Monthly` with a field `total`:
///
/// ```ignore
/// impl __query::DerivedTable for Monthly { const __TABLE: &'static __Table = &__Table::new("monthly", &[…], &[]); }
/// impl __query::Source for Monthly { type Row = Self; fn __table() -> __query::SourceTable { … } }
/// impl Monthly {
///     pub const total: __query::Col<Self, Option<Decimal>> = __query::Col::new("total");
///     pub fn select() -> __query::Select<Self> { … }
///     pub fn from_query(…) -> __query::Select<Self> { … }
///     pub fn from_function(…) -> __query::Select<Self> { … }
/// }
/// ```
pub(crate) fn derived_table(this: &Struct<'_>, name: &str) -> TokenStream {
    let Struct { ident, vis, .. } = this;
    let row = plain_row(this);
    let columns = this.fields.iter().map(|Column { ty, name, .. }| quote!(__Column::of::<#ty>(#name)));
    let handles = this.fields.iter().map(|Column { ident, vis, ty, docs, name, .. }| {
        quote!(#(#docs)* #vis const #ident: __query::Col<Self, #ty> = __query::Col::new(#name);)
    });
    let fields = this.fields.iter().map(|field| field.ident);
    let items = quote! {
        #row
        // Fields that only queries name are in use.
        const _: fn(&#ident) = |row| {
            let _ = (#(&row.#fields,)*);
        };
        #[automatically_derived]
        impl __query::DerivedTable for #ident {
            const __TABLE: &'static __Table = &__Table::new(#name, &[#(#columns),*], &[]);
        }
        #[automatically_derived]
        impl __query::Source for #ident {
            type Row = Self;
            fn __table() -> __query::SourceTable {
                __query::SourceTable::cte::<Self>(<Self as __query::DerivedTable>::__TABLE)
            }
        }
        impl #ident {
            #(#handles)*
            /// Begins a query over the rows of the common table expression of this type: see `with`.
            #vis fn select() -> __query::Select<Self> {
                __query::Select::from_source()
            }
            /// Begins a query over the rows of another one, which lists the columns of this struct.
            #vis fn from_query(select: __query::Select<impl __query::Standalone, impl __query::RowOf<Self>>) -> __query::Select<Self> {
                __query::from_query(select)
            }
            /// Begins a query over the rows of a function that returns the columns of this struct.
            #vis fn from_function(
                function: __query::TableFunction<(), <Self as __query::ColumnTypes<()>>::List>,
            ) -> __query::Select<Self> {
                __query::from_function(function)
            }
        }
    };
    in_const(this.krate, &items)
}

/// Generates a projection of tables, or, without tables, a struct with the columns of a list. For `of = (Order, Customer)` with a
/// column of each:
///
/// ```ignore
/// impl<S, I0, I1> __query::ProjectionOf<S, (I0, I1)> for Line
/// where
///     Order: __query::ReadBy<S, I0>, i64: __query::HoldsNull<<Order as __query::ReadBy<S, I0>>::Null>,
///     Customer: __query::ReadBy<S, I1>, String: __query::HoldsNull<<Customer as __query::ReadBy<S, I1>>::Null>,
/// {
///     const __LEN: usize = 0 + 1 + 1;
///     fn __append(to: &mut __query::ListTrees) {
///         __column_of::<Order, i64, _, _>(Order::id, to);
///         __column_of::<Customer, String, _, _>(Customer::name, to);
///     }
///     fn __take(row: &mut __RowReader<'_>) -> __Result<Self> { __Ok(Self { id: row.take()?, name: row.take()? }) }
/// }
/// ```
pub(crate) fn listed(this: &Struct<'_>) -> TokenStream {
    let (ident, tables) = (this.ident, this.tables);
    let has_nested = this.fields.iter().any(|field| matches!(field.content, Content::Nested));
    let row = if has_nested { TokenStream::new() } else { plain_row(this) };
    if tables.is_empty() {
        return in_const(this.krate, &row);
    }
    let scope = invented("S");
    let indices: Vec<Ident> = (0..tables.len()).map(|at| invented(&format!("I{at}"))).collect();
    let named: Vec<Option<Ident>> = this
        .fields
        .iter()
        .enumerate()
        .map(|(at, field)| {
            matches!(field.content, Content::Nested).then(|| format_ident!("J{at}", span = scope.span()))
        })
        .collect();
    let bounds =
        this.fields.iter().zip(&named).map(|(field, index)| bound(this, field, &scope, &indices, index.as_ref()));
    let all: Vec<&Ident> = indices.iter().chain(named.iter().flatten()).collect();
    let (single, body) = match tables {
        [model] => {
            let body = body(this, &quote!(#model), &[]);
            let single = quote! {
                #[automatically_derived]
                impl __query::Projection for #ident {
                    type Model = #model;
                    #body
                }
            };
            (single, delegated())
        }
        _ => (TokenStream::new(), body(this, &quote!(#scope), &named)),
    };
    let items = quote! {
        #row
        #single
        #[automatically_derived]
        impl<#scope, #(#all),*> __query::ProjectionOf<#scope, (#(#all,)*)> for #ident
        where
            #(#tables: __query::ReadBy<#scope, #indices>,)*
            #(#bounds)*
        {
            #body
        }
    };
    in_const(this.krate, &items)
}

/// Returns what a query has to fulfil for the field.
fn bound(
    this: &Struct<'_>,
    field: &Column<'_>,
    scope: &Ident,
    indices: &[Ident],
    nested: Option<&Ident>,
) -> TokenStream {
    let ty = field.ty;
    let nullness = |at: &usize| {
        let (table, index) = (&this.tables[*at], &indices[*at]);
        quote_spanned!(ty.span()=> #ty: __query::HoldsNull<<#table as __query::ReadBy<#scope, #index>>::Null>,)
    };
    match &field.content {
        Content::Unlisted => TokenStream::new(),
        Content::Column { table, .. } => nullness(table),
        Content::Expr { reads, .. } => reads.iter().map(nullness).collect(),
        Content::Nested => quote_spanned!(ty.span()=> #ty: __query::ProjectionOf<#scope, #nested>,),
    }
}

/// Generates the members of `ProjectionOf` and `Projection`. `nested` are the indices of the nested projections.
fn body(this: &Struct<'_>, scope: &TokenStream, nested: &[Option<Ident>]) -> TokenStream {
    let (to, row) = (invented("to"), invented("row"));
    let (mut lengths, mut lists, mut takes) = (Vec::new(), Vec::new(), Vec::new());
    for (at, Column { ident, ty, content, .. }) in this.fields.iter().enumerate() {
        let mut one = |list: TokenStream| {
            lists.push(list);
            lengths.push(quote!(1));
            takes.push(quote!(#ident: #row.take()?));
        };
        match content {
            Content::Unlisted => {}
            Content::Column { table, column } => {
                let table = &this.tables[*table];
                one(quote_spanned!(ty.span()=> __column_of::<#table, #ty, _, _>(#column, #to);));
            }
            Content::Expr { expr, reads } => {
                let mut reads = reads.iter().map(|at| &this.tables[*at]);
                let first = reads.next().map_or_else(|| quote!(()), |first| quote!(#first));
                let joined = reads.fold(first, |scope, table| quote!(__query::Join<#scope, #table>));
                // A function of its own: the bounds of the impl would decide the scope of conditions inside the expression.
                one(quote_spanned! {ty.span()=>
                    {
                        fn list(#to: &mut __query::ListTrees) {
                            __expression_of::<#joined, #ty, _, _, _>(#expr, #to);
                        }
                        list(#to);
                    }
                });
            }
            Content::Nested => {
                let index = nested.get(at).map_or_else(|| quote!(_), |index| quote!(#index));
                let nested = quote_spanned!(ty.span()=> <#ty as __query::ProjectionOf<#scope, #index>>);
                lists.push(quote!(#nested::__append(#to);));
                lengths.push(quote!(#nested::__LEN));
                takes.push(quote!(#ident: #nested::__take(#row)?));
            }
        }
    }
    quote! {
        const __LEN: usize = 0 #(+ #lengths)*;
        fn __append(#to: &mut __query::ListTrees) { #(#lists)* }
        fn __take(#row: &mut __RowReader<'_>) -> __Result<Self> {
            __Ok(Self { #(#takes),* })
        }
    }
}

/// Generates the members of `ProjectionOf` for a projection of one model.
fn delegated() -> TokenStream {
    let (to, row) = (invented("to"), invented("row"));
    quote! {
        const __LEN: usize = <Self as __query::Projection>::__LEN;
        fn __append(#to: &mut __query::ListTrees) { <Self as __query::Projection>::__append(#to) }
        fn __take(#row: &mut __RowReader<'_>) -> __Result<Self> { <Self as __query::Projection>::__take(#row) }
    }
}
