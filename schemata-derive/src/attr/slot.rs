//! A key that may be given once.

use proc_macro2::{Ident, Span};

use crate::diag::Diagnostics;

/// The value of a key, and its span.
pub(crate) struct Slot<T> {
    seen: bool,
    value: Option<(T, Span)>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { seen: false, value: None }
    }
}

impl<T> Slot<T> {
    /// Stores the value of `key`, or refuses a second one. `None` is a value that was refused already.
    pub(crate) fn set(&mut self, key: &Ident, value: Option<T>, diag: &mut Diagnostics) {
        if self.seen {
            diag.error(key.span(), format!("`{key}` is given twice: remove one of them"));
        } else {
            self.seen = true;
            self.value = value.map(|value| (value, key.span()));
        }
    }

    /// Returns the span of the key, if it was given.
    pub(crate) fn span(&self) -> Option<Span> {
        self.value.as_ref().map(|(_, span)| *span)
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref().map(|(value, _)| value)
    }

    pub(crate) fn is_set(&self) -> bool {
        self.value.is_some()
    }

    /// Returns whether the key was given, even with a value that was refused.
    pub(crate) fn was_tried(&self) -> bool {
        self.seen
    }

    pub(crate) fn into_inner(self) -> Option<T> {
        self.value.map(|(value, _)| value)
    }
}
