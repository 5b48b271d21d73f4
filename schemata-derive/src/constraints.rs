//! `#[derive(Constraints)]`: generates an enum of a model's constraints.
//!
//! `#[derive(TableModel)]` reports mistakes in the attributes; here they would be reported twice.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use syn::DeriveInput;

use crate::attr::index::Indexed;
use crate::diag::Diagnostics;
use crate::ir::Model;
use crate::lower::lower;
use crate::path::root;

/// A variant of the enum.
struct Variant {
    name: String,
    /// The path of its `ConstraintRef`.
    constraint: TokenStream,
    doc: String,
}

/// The whole derive.
pub(crate) fn constraints(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    lower(&input, &mut Diagnostics::default()).map_or_else(TokenStream::new, |model| expand(&model))
}

/// For a table `orders` with a unique `order_number`:
///
/// ```ignore
/// pub enum OrderConstraint { PrimaryKey, OrderNumberKey }
/// impl ConstraintSet for OrderConstraint {
///     type Model = Order;
///     const ALL: &'static [(Self, ConstraintRef)] =
///         &[(Self::PrimaryKey, ConstraintRef::PrimaryKey), (Self::OrderNumberKey, ConstraintRef::Unique(0))];
/// }
/// ```
fn expand(model: &Model) -> TokenStream {
    let (ident, vis, root) = (&model.ident, &model.vis, root(model.krate.as_ref()));
    let name = format_ident!("{ident}Constraint");
    let variants = distinct(variants(model, &root));
    let names: Vec<Ident> = variants.iter().map(|variant| Ident::new(&variant.name, ident.span())).collect();
    let docs = variants.iter().map(|variant| &variant.doc);
    let constraints = variants.iter().map(|variant| &variant.constraint);
    let doc = format!("The constraints of [`{ident}`].");
    quote! {
        #[doc = #doc]
        #[derive(
            ::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy, ::core::cmp::PartialEq, ::core::cmp::Eq,
            ::core::hash::Hash
        )]
        #vis enum #name { #(#[doc = #docs] #names),* }
        #[automatically_derived]
        impl #root::model::ConstraintSet for #name {
            type Model = #ident;
            const ALL: &'static [(Self, #root::schema::ConstraintRef)] = &[#((Self::#names, #constraints)),*];
        }
    }
}

/// Returns the variants in the order of the table's lists, which their positions refer to.
fn variants(model: &Model, root: &TokenStream) -> Vec<Variant> {
    let reference = quote!(#root::schema::ConstraintRef);
    let mut all = vec![Variant {
        name: "PrimaryKey".to_owned(),
        constraint: quote!(#reference::PrimaryKey),
        doc: "The primary key.".to_owned(),
    }];
    let mut add = |kind: &str, at: usize, name: String, doc: String| {
        let (kind, at) = (format_ident!("{kind}"), Literal::usize_unsuffixed(at));
        all.push(Variant { name: camel(&name), constraint: quote!(#reference::#kind(#at)), doc });
    };
    let single = model.columns.iter().filter(|column| column.unique.is_some());
    let single = single.map(|column| (column.name.text.clone(), None));
    let listed = model.uniques.iter().map(|unique| {
        let columns: Vec<String> = unique.columns.iter().map(|column| model.column_name(column)).collect();
        (columns.join("_"), unique.name.get().map(syn::LitStr::value))
    });
    for (at, (columns, name)) in single.chain(listed).enumerate() {
        add("Unique", at, name.unwrap_or_else(|| format!("{columns}_key")), format!("Unique: `{columns}`."));
    }
    for (at, check) in model.checks.iter().enumerate() {
        add("Check", at, check.name.value(), format!("Check `{}`.", check.name.value()));
    }
    let single = model.columns.iter().filter(|column| column.reference.is_some());
    let single = single.map(|column| (column.name.text.clone(), None));
    let listed = model.foreign_keys.iter().map(|key| {
        let columns: Vec<String> = key.columns.iter().map(|column| model.column_name(column)).collect();
        (columns.join("_"), key.name.get().map(syn::LitStr::value))
    });
    for (at, (columns, name)) in single.chain(listed).enumerate() {
        add("ForeignKey", at, name.unwrap_or_else(|| format!("{columns}_fkey")), format!("Foreign key: `{columns}`."));
    }
    for (at, exclude) in model.excludes.iter().enumerate() {
        let parts = exclude.parts.iter().map(|part| match &part.of {
            Indexed::Expression(_) => "expr".to_owned(),
            Indexed::Column(column) => model.column_name(column),
        });
        let parts = parts.collect::<Vec<_>>().join("_");
        let name = exclude.name.get().map_or_else(|| format!("{parts}_excl"), syn::LitStr::value);
        add("Exclude", at, name, format!("Exclusion: `{parts}`."));
    }
    for (at, index) in model.indexes.iter().enumerate().filter(|(_, index)| index.unique.is_set()) {
        let parts = index.parts.iter().map(|part| match &part.of {
            Indexed::Expression(_) => "expr".to_owned(),
            Indexed::Column(column) => model.column_name(column),
        });
        let parts = parts.collect::<Vec<_>>().join("_");
        let name = index.name.get().map_or_else(|| format!("{parts}_idx"), syn::LitStr::value);
        add("Index", at, name, format!("Unique index: `{parts}`."));
    }
    all
}

/// Turns `order_number_key` into `OrderNumberKey`.
fn camel(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let camel: String = words
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
        })
        .collect();
    // A variant begins with a letter, and `Self` is taken.
    if camel.starts_with(char::is_alphabetic) && camel != "Self" { camel } else { format!("C{camel}") }
}

/// Numbers the variants whose names are equal.
fn distinct(mut variants: Vec<Variant>) -> Vec<Variant> {
    for at in 1..variants.len() {
        let plain = variants[at].name.clone();
        let mut number = 2;
        while variants[..at].iter().any(|other| other.name == variants[at].name) {
            variants[at].name = format!("{plain}{number}");
            number += 1;
        }
    }
    variants
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_variants() {
        for (name, variant) in
            [("order_number_key", "OrderNumberKey"), ("positive quantity", "PositiveQuantity"), ("1st", "C1st")]
        {
            assert_eq!(camel(name), variant);
        }
    }
}
