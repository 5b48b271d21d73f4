//! Turns a checked model into Rust: data, and calls of one line. Behaviour is in the core crate.

mod builders;
mod columns;
mod compile_time_checks;
mod constraints;
pub(crate) mod fallback;
mod field_item;
mod finders;
mod keys;
mod model;
pub(crate) mod projection;
mod relations;
mod row;
mod schema;
pub(crate) mod wrapper;

use proc_macro2::TokenStream;
use quote::quote;

use crate::ir::Model;
use crate::path::import;

/// Expands a correct model.
pub(crate) fn expand(model: &Model) -> TokenStream {
    expand_with(model, Later { relations: relations::later(model), writes: keys::later(model) })
}

/// Expands a model without the parts that relations need and those that writes by key and from requests need. The budget
/// counts each separately.
#[cfg(test)]
pub(crate) fn expand_alone(model: &Model) -> TokenStream {
    expand_with(model, Later::default())
}

/// Expands a model without the parts that only relations need.
#[cfg(test)]
pub(crate) fn expand_unrelated(model: &Model) -> TokenStream {
    expand_with(model, Later { writes: keys::later(model), ..Later::default() })
}

/// The parts that the budget counts separately: for each, the items of the inherent impl and those beside it.
#[derive(Default)]
struct Later {
    relations: [TokenStream; 2],
    writes: [TokenStream; 2],
}

fn expand_with(model: &Model, later: Later) -> TokenStream {
    let ([relations, keyed], [keys, groups]) = (later.relations, later.writes);
    let finders = finders::finders(model);
    let handles = columns::handles(model, &quote!(#finders #relations #keys));
    let parts = [
        keyed,
        schema::columns(model),
        row::from_row(model),
        builders::write(model, true),
        builders::setters(model, true),
        model::table_model(model),
        groups,
        compile_time_checks::verify(model),
    ];
    block(model.krate.as_ref(), &quote!(#handles #(#parts)*))
}

/// Wraps items so that helpers are hidden from the user's module, and lints do not apply.
pub(crate) fn block(krate: Option<&syn::Path>, items: &TokenStream) -> TokenStream {
    let import = import(krate);
    quote! {
        #[allow(warnings, missing_docs, clippy::all, clippy::pedantic)]
        const _: () = { #import #items };
    }
}
