//! Parses `#[column(…)]` on a type that becomes a PostgreSQL type: a domain, or a composite type and its attributes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, LitStr, Path};

use crate::attr::constraint::CheckAttr;
use crate::attr::entry::{Entry, entries};
use crate::attr::keys::arguments;
use crate::attr::slot::Slot;
use crate::attr::value::{path, string};
use crate::diag::Diagnostics;
use crate::names::{list, refusal, snake_case};

/// The keys of a type or an attribute.
#[derive(Default)]
pub(crate) struct TypeAttr {
    name: Slot<LitStr>,
    schema: Slot<LitStr>,
    pub(crate) sql_type: Slot<LitStr>,
    pub(crate) checks: Vec<CheckAttr>,
    krate: Slot<Path>,
}

impl TypeAttr {
    /// Reads the attributes; `keys` are those that may be given here.
    pub(crate) fn read(attrs: &[Attribute], keys: &[&str], diag: &mut Diagnostics) -> Self {
        let mut this = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("column")) {
            let Some(tokens) = arguments(attr, "column(name = \"postal_address\")", diag) else { continue };
            for entry in entries(tokens, diag) {
                this.take(&entry, keys, diag);
            }
        }
        if let Some(schema) = this.schema.get() {
            diag.note(schema.span(), refusal("the schema", &schema.value()));
        }
        this
    }

    fn take(&mut self, entry: &Entry, keys: &[&str], diag: &mut Diagnostics) {
        let key = &entry.key;
        let name = key.to_string();
        if !keys.contains(&name.as_str()) {
            diag.error(key.span(), format!("unknown key `{name}`: `#[column]` takes {} here", list(keys)));
            return;
        }
        match name.as_str() {
            "name" => self.name.set(key, string(entry, diag), diag),
            "schema" => self.schema.set(key, string(entry, diag), diag),
            "sql_type" => self.sql_type.set(key, string(entry, diag), diag),
            "check" => self.checks.extend(CheckAttr::read(entry, diag)),
            _ => self.krate.set(key, path(entry, diag), diag),
        }
    }

    /// Returns the name: that of the item in snake case, unless the attribute gives one. `what` it is, for a refusal.
    pub(crate) fn name(&self, ident: &Ident, what: &str, diag: &mut Diagnostics) -> String {
        let (name, at): (String, Span) = match self.name.get() {
            Some(name) => (name.value(), name.span()),
            None => (snake_case(&ident.unraw().to_string()), ident.span()),
        };
        diag.note(at, refusal(what, &name));
        name
    }

    /// Returns the path of the library, if the attribute gives one.
    pub(crate) fn krate(&self) -> Option<&Path> {
        self.krate.get()
    }

    /// Returns the schema as an `Option`.
    pub(crate) fn schema(&self) -> TokenStream {
        let none = || quote!(::core::option::Option::None);
        self.schema.get().map_or_else(none, |schema| quote!(::core::option::Option::Some(#schema)))
    }
}
