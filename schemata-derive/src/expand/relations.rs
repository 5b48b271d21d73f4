//! Generates relations: a constant per foreign key, and access to the key columns of rows in memory.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use syn::Visibility;
use syn::ext::IdentExt;

use crate::attr::list::ColumnRef;
use crate::expand::constraints::target;
use crate::expand::field_item::field_item;
use crate::ir::Model;
use crate::path::invented;

/// Returns [`relations`] and, for a model with a primary key, [`keyed`].
pub(crate) fn later(model: &Model) -> [TokenStream; 2] {
    let keyed = model.keyless.is_none().then(|| keyed(model));
    [relations(model), quote!(#keyed)]
}

/// Generates the constants, as items of the inherent impl: `CUSTOMER_ID_FKEY`, in the order of the table's foreign keys.
pub(crate) fn relations(model: &Model) -> TokenStream {
    let single = model.columns.iter().filter_map(|column| {
        let reference = column.reference.as_ref()?;
        Some((&column.field.vis, vec![&column.field.ident], &reference.target))
    });
    let listed = model.foreign_keys.iter().filter_map(|key| {
        let fields: Vec<&Ident> = key.columns.iter().map(|column| &column.column).collect();
        Some((&model.vis, fields, key.references.first()?))
    });
    single.chain(listed).enumerate().map(|(at, (vis, fields, path))| relation(model, at, vis, &fields, path)).collect()
}

fn relation(model: &Model, at: usize, vis: &Visibility, fields: &[&Ident], path: &syn::Path) -> TokenStream {
    let names: Vec<String> = fields.iter().map(|field| field.unraw().to_string().to_uppercase()).collect();
    let name =
        format_ident!("{}_FKEY", names.join("_"), span = fields.first().map_or(model.ident.span(), |f| f.span()));
    let (ident, (parent, _)) = (&model.ident, target(model, path));
    let at = Literal::usize_unsuffixed(at);
    quote!(#vis const #name: __relation::Relation<#ident, #parent> = __Relation::new(#at);)
}

/// Generates `impl __Keyed`: the columns that a relation may join. Columns of groups join nothing.
///
/// ```ignore
/// impl __Keyed for Order {
///     fn __keys(rows: &[&Self], column: &str) -> __KeyArray {
///         match column {
///             "id" => <Uuid as __ModelField>::keys(rows, |row| &row.id),
///             "customer_id" => <Uuid as __ModelField>::keys(rows, |row| &row.customer_id),
///             _ => __None,
///         }
///     }
/// }
/// ```
fn keyed(model: &Model) -> TokenStream {
    let (ident, rows, column) = (&model.ident, invented("rows"), invented("column"));
    let listed: Vec<&ColumnRef> = model
        .uniques
        .iter()
        .flat_map(|unique| &unique.columns)
        .chain(model.foreign_keys.iter().flat_map(|key| &key.columns))
        .collect();
    let own = model.columns.iter().filter(|own| {
        let alone = own.primary_key || own.unique.is_some() || own.reference.is_some();
        alone || listed.iter().any(|listed| listed.group.is_none() && listed.column == own.field.ident)
    });
    let own = own.map(|own| {
        let (name, field, keys) = (&own.name.text, &own.field.ident, field_item(&own.field.ty, "keys"));
        quote!(#name => #keys(#rows, |row| &row.#field),)
    });
    quote! {
        #[automatically_derived]
        impl __Keyed for #ident {
            fn __keys(#rows: &[&Self], #column: &str) -> __KeyArray {
                match #column { #(#own)* _ => __None }
            }
        }
    }
}
