//! The derive and attribute macros of Schemata.

mod attr;
mod check;
mod derive;
mod diag;
mod expand;
mod ir;
mod lower;
mod migration;
mod names;
mod path;
mod request;

use proc_macro::TokenStream;

/// Makes a struct the model of a table.
#[proc_macro_derive(TableModel, attributes(table, column))]
pub fn derive_table_model(input: TokenStream) -> TokenStream {
    derive::table_model(input.into()).into()
}

/// Registers an async function as a migration.
#[proc_macro_attribute]
pub fn migration(attr: TokenStream, item: TokenStream) -> TokenStream {
    migration::migration(attr.into(), item.into()).into()
}

/// Makes a struct a new row of a model: `#[insertable(Order)]`, one field a column.
///
/// A field has the column's type, or an `Option` of it where the column has a default. A field marked
/// `#[insertable(skip)]` is no column.
#[proc_macro_derive(Insertable, attributes(insertable))]
pub fn derive_insertable(input: TokenStream) -> TokenStream {
    request::request(request::Request::Insertable, input.into()).into()
}

/// Makes a struct a set of changes to rows of a model: `#[patch(Order)]`, one field a column that may change.
///
/// A field is an `Option` of the column's type, or a `Field` of it. One marked `#[patch(skip)]` is no column.
#[proc_macro_derive(Patch, attributes(patch))]
pub fn derive_patch(input: TokenStream) -> TokenStream {
    request::request(request::Request::Patch, input.into()).into()
}
