//! Paths from the user's crate to the core crate, and spans for invented names.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};

/// Returns `use ::schemata::__names::*;`, or the same by the path of `crate = "…"`.
pub(crate) fn import(krate: Option<&syn::Path>) -> TokenStream {
    let root = root(krate);
    quote! {
        use #root::__names::*;
    }
}

/// Returns the path of the core crate.
pub(crate) fn root(krate: Option<&syn::Path>) -> TokenStream {
    krate.map_or_else(|| quote!(::schemata), ToTokens::to_token_stream)
}

/// Returns a name that the user neither wrote nor sees.
pub(crate) fn invented(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// Returns the spans of the first and the last token. The compiler blames code between the two as if the user had
/// written it.
pub(crate) fn ends(tokens: &impl ToTokens) -> (Span, Span) {
    let mut spans = Vec::new();
    collect(tokens.to_token_stream(), &mut spans);
    let here = Span::call_site();
    (spans.first().copied().unwrap_or(here), spans.last().copied().unwrap_or(here))
}

fn collect(tokens: TokenStream, spans: &mut Vec<Span>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::None => {
                collect(group.stream(), spans);
            }
            TokenTree::Group(group) => spans.extend([group.span_open(), group.span_close()]),
            other => spans.push(other.span()),
        }
    }
}
