//! Generates the columns as constants.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;

use crate::attr::column::Identity;
use crate::attr::value::LiteralKind;
use crate::expand::constraints::with_parameters;
use crate::expand::field_item::inferred_item;
use crate::ir::{Column, ColumnOptions, Model, Source};

/// Generates `__COLUMNS`: the columns of the struct, then those of its groups. It is a static, which the compiler evaluates and validates
/// once; a constant would also be examined for promotion, and validated again by each constant that refers to it.
pub(crate) fn columns(model: &Model) -> TokenStream {
    let own = model.columns.iter().map(|own| column(model, own));
    if model.groups.is_empty() {
        let number = Literal::usize_unsuffixed(model.columns.len());
        return quote!(static __COLUMNS: [__Column; #number] = [#(#own),*];);
    }
    let groups = model.groups.iter().map(|group| &group.field.ty);
    let groups: Vec<_> = groups.map(|ty| quote!(<#ty as __ColumnGroup>::COLUMNS)).collect();
    quote! {
        const __LISTS: __ColumnLists = &[&[#(#own),*], #(#groups),*];
        static __COLUMNS: [__Column; __total(__LISTS)] = __concat(__LISTS);
    }
}

fn column(model: &Model, column: &Column) -> TokenStream {
    let (ident, field) = (&model.ident, &column.field.ident);
    let unnamed = inferred_item(&column.field.ty, "COLUMN");
    let sql_type = column.sql_type.as_ref().map(|sql_type| quote!(.sql_type(#sql_type)));
    let value = value(&column.value);
    let options = options(column);
    let immutable = column.immutable.then(|| quote!(.immutable()));
    let comment = column.comment.as_ref().map(|text| quote!(.comment(#text)));
    let renamed = column.renamed_from.as_ref().map(|old| {
        let old = &old.text;
        quote!(.renamed_from(#old))
    });
    let unmanaged = column.unmanaged.iter().map(|part| &part.variant);
    let unmanaged = (!column.unmanaged.is_empty()).then(|| quote!(.unmanaged(&[#(__UnmanagedPart::#unmanaged),*])));
    quote!(__named(#ident::#field, #unnamed) #sql_type #value #options #immutable #comment #renamed #unmanaged)
}

/// Generates the options that few columns have: `.collation("C").statistics(500)`.
fn options(column: &Column) -> TokenStream {
    let ColumnOptions { sequence, collation, not_null, storage, compression, statistics, with } = &column.options;
    let sequence = sequence.as_ref().map(|sequence| {
        let numbers = sequence.numbers.iter().map(|(name, number)| {
            let (name, number) = (Ident::new(&name.to_string(), Span::mixed_site()), Literal::i64_unsuffixed(*number));
            quote!(.#name(#number))
        });
        let cycle = sequence.cycle.is_set().then(|| quote!(.cycle()));
        let sql_type = sequence.sql_type.get().map(|name| quote!(.sql_type(#name)));
        quote!(.sequence(__SequenceOptions::new() #(#numbers)* #cycle #sql_type))
    });
    let collation = collation.as_ref().map(|name| quote!(.collation(#name)));
    let not_null = not_null.as_ref().map(|(constraint, _)| {
        let name = constraint.name.get().map(|name| quote!(.name(#name)));
        let inherit = constraint.no_inherit.is_set().then(|| quote!(.no_inherit()));
        let valid = constraint.not_valid.is_set().then(|| quote!(.not_valid()));
        let comment = constraint.comment.get().map(|text| quote!(.comment(#text)));
        quote!(.not_null(__NotNull::new() #name #inherit #valid #comment))
    });
    let storage = storage.as_ref().map(|word| {
        let variant = match word.to_string().as_str() {
            "plain" => quote!(Plain),
            "external" => quote!(External),
            "main" => quote!(Main),
            _ => quote!(Extended),
        };
        quote!(.storage(__Storage::#variant))
    });
    let compression = compression.as_ref().map(|word| {
        let method = word.to_string();
        quote!(.compression(#method))
    });
    let statistics = statistics.map(|target| {
        let target = Literal::i64_unsuffixed(target);
        quote!(.statistics(#target))
    });
    let with = with_parameters(with, None);
    quote!(#sequence #collation #not_null #storage #compression #statistics #with)
}

fn value(source: &Source) -> TokenStream {
    match source {
        Source::Insert => TokenStream::new(),
        Source::Sql(expression) => quote!(.default_sql(#expression)),
        Source::Generated(expression) => quote!(.generated(#expression)),
        Source::Virtual(expression) => quote!(.generated_virtual(#expression)),
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
