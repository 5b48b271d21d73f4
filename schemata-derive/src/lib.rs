//! The derive and attribute macros of Schemata.

mod attr;
#[cfg(test)]
mod budget;
mod check;
mod derive;
mod diag;
mod expand;
mod ir;
mod labels;
mod lower;
mod migration;
mod names;
mod newtype;
mod path;

use proc_macro::TokenStream;

/// Makes a struct the model of a table.
#[proc_macro_derive(TableModel, attributes(table, column))]
pub fn derive_table_model(input: TokenStream) -> TokenStream {
    derive::table_model(input.into()).into()
}

/// Makes an enum of plain variants a PostgreSQL enum type.
#[proc_macro_derive(PgEnum, attributes(column))]
pub fn derive_pg_enum(input: TokenStream) -> TokenStream {
    labels::labels(input.into(), labels::Kind::PgEnum).into()
}

/// Makes an enum of plain variants text that a check constraint holds to the labels.
#[proc_macro_derive(TextEnum, attributes(column))]
pub fn derive_text_enum(input: TokenStream) -> TokenStream {
    labels::labels(input.into(), labels::Kind::TextEnum).into()
}

/// Makes a tuple struct of one field a column type of its own.
#[proc_macro_derive(Newtype, attributes(column))]
pub fn derive_newtype(input: TokenStream) -> TokenStream {
    newtype::newtype(input.into()).into()
}

/// Registers an async function as a migration.
#[proc_macro_attribute]
pub fn migration(attr: TokenStream, item: TokenStream) -> TokenStream {
    migration::migration(attr.into(), item.into()).into()
}
