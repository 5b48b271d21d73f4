//! Collects mistakes. Every stage adds its own and continues, so that one compilation shows all of them.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// Mistakes in the order in which they were found.
#[derive(Default)]
pub(crate) struct Diagnostics {
    errors: Vec<syn::Error>,
}

impl Diagnostics {
    /// Blames one token. The message says what is wrong, then what to write.
    pub(crate) fn error(&mut self, at: Span, message: impl std::fmt::Display) {
        self.errors.push(syn::Error::new(at, message));
    }

    /// Blames one token, if there is a message.
    pub(crate) fn note(&mut self, at: Span, message: Option<String>) {
        if let Some(message) = message {
            self.error(at, message);
        }
    }

    /// Blames all of `tokens`.
    pub(crate) fn error_on(&mut self, tokens: &impl ToTokens, message: impl std::fmt::Display) {
        self.errors.push(syn::Error::new_spanned(tokens, message));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// Returns the number of mistakes.
    pub(crate) fn len(&self) -> usize {
        self.errors.len()
    }

    /// Returns a `compile_error!` per mistake.
    pub(crate) fn to_tokens(&self) -> TokenStream {
        self.errors.iter().map(syn::Error::to_compile_error).collect()
    }

    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<String> {
        self.errors.iter().map(ToString::to_string).collect()
    }
}
