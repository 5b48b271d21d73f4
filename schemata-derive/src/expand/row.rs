//! Generates decoding: a `take` per column, in the order of the columns.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::expand::field_item::inferred_item;
use crate::ir::Model;
use crate::path::invented;

/// Generates `impl FromRow`.
pub(crate) fn from_row(model: &Model) -> TokenStream {
    let (ident, row) = (&model.ident, invented("row"));
    let columns = model.columns.iter().map(|column| {
        let (field, take) = (&column.field.ident, inferred_item(&column.field.ty, "take"));
        let (_, end) = crate::path::ends(&column.field.ty);
        quote_spanned!(end=> #field: #take(#row)?)
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
