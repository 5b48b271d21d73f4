//! The derive and attribute macros of Schemata.

mod attr;
mod check;
mod constraints;
mod derive;
mod diag;
mod expand;
mod ir;
mod lower;
mod migration;
mod names;
mod path;

use proc_macro::TokenStream;

/// Makes a struct the model of a table.
#[proc_macro_derive(TableModel, attributes(table, column))]
pub fn derive_table_model(input: TokenStream) -> TokenStream {
    derive::table_model(input.into()).into()
}

/// Makes an enum of a model's constraints: `OrderConstraint` for `Order`.
#[proc_macro_derive(Constraints, attributes(table, column))]
pub fn derive_constraints(input: TokenStream) -> TokenStream {
    constraints::constraints(input.into()).into()
}

/// Registers an async function as a migration.
#[proc_macro_attribute]
pub fn migration(attr: TokenStream, item: TokenStream) -> TokenStream {
    migration::migration(attr.into(), item.into()).into()
}
