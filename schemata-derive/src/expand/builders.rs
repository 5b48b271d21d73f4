//! Generates the type of inserts and updates, with a state per column that an insert may have to set and a setter per
//! column.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::ir::{Column, Model};
use crate::path::invented;

/// Returns the columns whose state is tracked, each with the name of its state.
fn states(model: &Model, tracked: bool) -> Vec<(usize, Ident)> {
    let all = model.columns.iter().enumerate().filter(|(_, column)| tracked && column.may_be_required());
    all.enumerate().map(|(nth, (at, _))| (at, format_ident!("__S{nth}"))).collect()
}

fn state_names(model: &Model, tracked: bool) -> Vec<Ident> {
    states(model, tracked).into_iter().map(|(_, state)| state).collect()
}

/// Returns the types `TableModel::Insert` and `TableModel::Ready`.
pub(crate) fn write_types(model: &Model, tracked: bool) -> (TokenStream, TokenStream) {
    let states = states(model, tracked);
    let unset = states.iter().map(|(at, _)| {
        let field = &model.columns[*at].field;
        let (ident, ty) = (&field.ident, &field.ty);
        quote!(__Unset<__column::#ident, #ty>)
    });
    let set = states.iter().map(|_| quote!(__Set));
    (quote!(__Write<__Insert #(, #unset)*>), quote!(__Write<__K #(, #set)*>))
}

/// Generates the write and, in `__column`, a type per tracked column. For `email` and `phone`:
///
/// ```ignore
/// mod __column { pub struct email; pub struct phone; }
/// pub struct __Write<__K, __S0, __S1>(__WriteDraft<__K>, __PhantomData<(__S0, __S1)>);
/// impl<__K: __WriteKind<Customer>, __S0, __S1> __WriteTrait for __Write<__K, __S0, __S1> {
///     type Model = Customer;
///     type Kind = __K;
///     type Required = (__S0, __S1);
///     fn __wrap(draft: __WriteDraft<__K>) -> Self { Self(draft, __PhantomData) }
///     fn __unwrap(self) -> __WriteDraft<__K> { self.0 }
/// }
/// ```
pub(crate) fn write(model: &Model, tracked: bool) -> TokenStream {
    let (ident, vis, draft) = (&model.ident, &model.vis, invented("draft"));
    let markers = states(model, tracked).into_iter().map(|(at, _)| &model.columns[at].field.ident);
    let states = state_names(model, tracked);
    let required = required(&states);
    quote! {
        mod __column { #(pub struct #markers;)* }
        #[must_use = "a write does nothing until it runs: call `exec`"]
        #vis struct __Write<__K #(, #states)*>(__WriteDraft<__K>, __PhantomData<#required>);
        impl<__K: __WriteKind<#ident> #(, #states)*> __WriteTrait for __Write<__K #(, #states)*> {
            type Model = #ident;
            type Kind = __K;
            type Required = #required;
            fn __wrap(#draft: __WriteDraft<__K>) -> Self { Self(#draft, __PhantomData) }
            fn __unwrap(self) -> __WriteDraft<__K> { self.0 }
        }
    }
}

/// Returns the states as a tuple, nested if there are more than the core crate's tuples have members.
fn required(states: &[Ident]) -> TokenStream {
    match states {
        [state] => quote!((#state,)),
        few if few.len() <= 12 => quote!((#(#few),*)),
        many => {
            let tuples = many.chunks(12).map(|chunk| quote!((#(#chunk,)*)));
            quote!((#(#tuples,)*))
        }
    }
}

/// Generates a setter per column that can be set.
pub(crate) fn setters(model: &Model, tracked: bool) -> TokenStream {
    let states = state_names(model, tracked);
    let columns = model.columns.iter().enumerate().filter(|(_, column)| column.is_insertable());
    let setters = columns.map(|(at, column)| setter(model, at, column, tracked));
    quote!(impl<__K #(, #states)*> __Write<__K #(, #states)*> { #(#setters)* })
}

fn setter(model: &Model, at: usize, column: &Column, tracked: bool) -> TokenStream {
    let (ident, vis, ty) = (&column.field.ident, &column.field.vis, &column.field.ty);
    let (value, position) = (invented("value"), proc_macro2::Literal::usize_unsuffixed(at));
    let states = states(model, tracked);
    let next = if states.iter().any(|(tracked, _)| *tracked == at) {
        let next = states.iter().map(|(other, state)| if *other == at { quote!(__Set) } else { quote!(#state) });
        quote!(__Write<__K #(, #next)*>)
    } else {
        quote!(Self)
    };
    let insert_only = (!column.is_updatable()).then(|| quote!(where __K: __Inserts));
    quote! {
        #vis fn #ident(self, #value: impl __Assign<#ty>) -> #next #insert_only {
            __Write(self.0.__set(#position, #value), __PhantomData)
        }
    }
}
