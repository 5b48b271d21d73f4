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
mod projection;

use proc_macro::TokenStream;

/// Makes a struct the model of a table.
#[proc_macro_derive(TableModel, attributes(table, column))]
pub fn derive_table_model(input: TokenStream) -> TokenStream {
    derive::table_model(input.into()).into()
}

/// Makes a struct a projection: some columns of a model. Each field is called like the handle of its column, and has its
/// type; `#[projection(column = Order::audit.created_at)]` on a field names another handle.
#[proc_macro_derive(Projection, attributes(projection))]
pub fn derive_projection(input: TokenStream) -> TokenStream {
    projection::projection(input.into()).into()
}

/// Registers an async function as a migration.
#[proc_macro_attribute]
pub fn migration(attr: TokenStream, item: TokenStream) -> TokenStream {
    migration::migration(attr.into(), item.into()).into()
}
