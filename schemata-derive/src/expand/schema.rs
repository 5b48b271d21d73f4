//! Generates the columns as constants.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::attr::column::Identity;
use crate::attr::value::LiteralKind;
use crate::expand::field_item::inferred_item;
use crate::ir::{Column, Model, Source};

/// Generates `__COLUMNS`: the columns of the struct, then those of its groups.
pub(crate) fn columns(model: &Model) -> TokenStream {
    let own = model.columns.iter().map(|own| column(model, own));
    if model.groups.is_empty() {
        return quote!(const __COLUMNS: &[__Column] = &[#(#own),*];);
    }
    let groups = model.groups.iter().map(|group| &group.field.ty);
    let groups: Vec<_> = groups.map(|ty| quote!(<#ty as __ColumnGroup>::COLUMNS)).collect();
    quote! {
        const __LISTS: __ColumnLists = &[&[#(#own),*], #(#groups),*];
        const __COLUMNS: &[__Column; __total(__LISTS)] = &__concat(__LISTS);
    }
}

fn column(model: &Model, column: &Column) -> TokenStream {
    let (ident, field) = (&model.ident, &column.field.ident);
    let unnamed = inferred_item(&column.field.ty, "COLUMN");
    let sql_type = column.sql_type.as_ref().map(|sql_type| quote!(.sql_type(#sql_type)));
    let value = value(&column.value);
    let immutable = column.immutable.then(|| quote!(.immutable()));
    let comment = column.comment.as_ref().map(|text| quote!(.comment(#text)));
    let renamed = column.renamed_from.as_ref().map(|old| {
        let old = &old.text;
        quote!(.renamed_from(#old))
    });
    let unmanaged = column.unmanaged.iter().map(|part| &part.variant);
    let unmanaged = (!column.unmanaged.is_empty()).then(|| quote!(.unmanaged(&[#(__UnmanagedPart::#unmanaged),*])));
    quote!(__named(#ident::#field, #unnamed) #sql_type #value #immutable #comment #renamed #unmanaged)
}

fn value(source: &Source) -> TokenStream {
    match source {
        Source::Insert => TokenStream::new(),
        Source::Sql(expression) => quote!(.default_sql(#expression)),
        Source::Generated(expression) => quote!(.generated(#expression)),
        Source::Identity(Identity::Always, _) => quote!(.identity(__Identity::Always)),
        Source::Identity(Identity::ByDefault, _) => quote!(.identity(__Identity::ByDefault)),
        Source::Serial(_) => quote!(.serial()),
        Source::Literal(literal) => match &literal.kind {
            LiteralKind::Boolean(value) => quote!(.default(__Boolean(#value))),
            LiteralKind::Integer(value) => {
                let value = Literal::i128_unsuffixed(*value);
                quote!(.default(__Integer(#value)))
            }
            LiteralKind::Float(digits) => quote!(.default(__Float(#digits))),
            LiteralKind::Text(text) => quote!(.default(__Text(#text))),
        },
    }
}
