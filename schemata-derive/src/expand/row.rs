//! Generates decoding: a `take` per column, in the order of the columns. It is a `match`, since the compiler proves three more traits for
//! each `?`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::expand::field_item::inferred_item;
use crate::ir::Model;
use crate::path::invented;

/// Generates `impl FromRow`.
pub(crate) fn from_row(model: &Model) -> TokenStream {
    let (ident, row) = (&model.ident, invented("row"));
    let (value, error) = (invented("value"), invented("error"));
    let columns = model.columns.iter().map(|column| {
        let (field, take) = (&column.field.ident, inferred_item(&column.field.ty, "take"));
        let (_, end) = crate::path::ends(&column.field.ty);
        quote_spanned!(end=> #field: match #take(#row) { __Ok(#value) => #value, __Err(#error) => return __Err(#error) })
    });
    let groups = model.groups.iter().map(|group| {
        let field = &group.field.ident;
        quote!(#field: #row.group()?)
    });
    let fields = columns.chain(groups);
    quote! {
        #[automatically_derived]
        impl __FromRow for #ident {
            fn from_row(#row: &mut __RowReader) -> __Result<Self> {
                __Ok(Self { #(#fields),* })
            }
        }
    }
}
