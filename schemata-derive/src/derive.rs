//! `#[derive(TableModel)]`: parse, lower, check, gate, expand.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::check::check;
use crate::diag::Diagnostics;
use crate::expand::{expand, fallback};
use crate::lower::lower;

/// Runs the derive. With any mistake, the output is all mistakes and the stubs that prevent secondary errors.
pub(crate) fn table_model(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut diag = Diagnostics::default();
    let model = lower(&input, &mut diag);
    if let Some(model) = &model {
        check(model, &mut diag);
    }
    let errors = diag.to_tokens();
    match model {
        Some(model) if diag.is_empty() => expand(&model),
        Some(model) => {
            let stub = fallback::of_model(&model);
            quote!(#errors #stub)
        }
        None => {
            let stub = fallback::of_anything(&input);
            quote!(#errors #stub)
        }
    }
}
