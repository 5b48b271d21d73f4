//! Generates column handles: `Order::status`, and `Order::audit.created_at` for a group.
//!
//! Documentation shows a type as its path is written. So the handles' type is an alias that no other crate sees:
//! rustdoc puts what it stands for in its place, `Col<Order, String>`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::ir::{Column, Field, Model};

/// Generates the inherent impl with the handles and the finders. For a column `status`:
///
/// ```ignore
/// type __Handle<__T> = __query::Col<Order, __T>;
/// #[doc = "…"]
/// impl Order { pub const status: __Handle<String> = __col("status"); }
/// ```
pub(crate) fn handles(model: &Model, finders: &TokenStream) -> TokenStream {
    let ident = &model.ident;
    let columns = model.columns.iter().map(|column| {
        let Field { ident, vis, ty, docs } = &column.field;
        let name = &column.name.text;
        quote!(#(#docs)* #vis const #ident: __Handle<#ty> = __col(#name);)
    });
    let groups = model.groups.iter().map(|group| {
        let Field { ident, vis, ty, docs } = &group.field;
        quote! {
            #(#docs)* #vis const #ident: __shown::GroupColumns<#ty, Self> = __handles();
        }
    });
    let setters = setters(model);
    quote! {
        type __Handle<__T> = __query::Col<#ident, __T>;
        #[doc = #setters]
        impl #ident { #(#columns)* #(#groups)* #finders }
    }
}

/// Lists the setters, as Markdown: rustdoc does not show the type that has them.
fn setters(model: &Model) -> String {
    let row = |column: &Column| {
        let value = column.field.ty.to_token_stream().to_string().replace(" :: ", "::").replace(" ,", ",");
        let value = value.replace(" < ", "<").replace(" >", ">").replace("& ", "&");
        let notes = match (column.may_be_required(), column.is_updatable()) {
            (true, true) => "required",
            (true, false) => "required, insert only",
            (false, true) => "",
            (false, false) => "insert only",
        };
        format!("| `{}` | `{value}` | {notes} |\n", column.field.ident)
    };
    let rows: Vec<String> = model.columns.iter().filter(|column| column.is_insertable()).map(row).collect();
    format!(
        "Column handles, finders, unique keys and relations.\n\n`{0}::insert()`, `{0}::update(key)` and \
         `{0}::update_where(condition)` have these setters. An insert must set required columns, unless their type is \
         an `Option`.\n\n| setter | value | |\n| --- | --- | --- |\n{1}",
        model.ident,
        rows.concat()
    )
}
