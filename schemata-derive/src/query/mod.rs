//! `query!` and `query_file!`: functions whose body is SQL, with holes for models, columns and parameters.
//!
//! `input` is what the user writes, `holes` separates the text from its holes, `place` says where in the statement a hole stands,
//! `text` turns both into pieces, and `expand` writes the function. What PostgreSQL thinks of the text is the business of
//! `check_test!`.

mod expand;
mod file;
mod holes;
mod input;
mod place;
mod text;

use proc_macro2::TokenStream;

use crate::diag::Diagnostics;
use crate::query::file::TextSource;
use crate::query::input::Queries;

/// Runs `query!`.
pub(crate) fn query(input: TokenStream) -> TokenStream {
    run(input, |_, _| None)
}

/// Runs `query_file!`.
pub(crate) fn query_file(input: TokenStream) -> TokenStream {
    run(input, |path, diag| Some(file::read(path, diag)))
}

fn run(input: TokenStream, source: TextSource) -> TokenStream {
    let queries: Queries = match syn::parse2(input) {
        Ok(queries) => queries,
        Err(error) => return error.to_compile_error(),
    };
    let mut diag = Diagnostics::default();
    let functions: TokenStream = queries
        .functions
        .iter()
        .map(|function| expand::function(function, queries.krate.as_ref(), source, &mut diag))
        .collect();
    let errors = diag.to_tokens();
    quote::quote!(#errors #functions)
}
