//! `#[migration("0001_…")]`: keeps the function and registers it.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{FnArg, ItemFn, LitStr, Path};

use crate::attr::entry::{Entry, entry, split};
use crate::attr::slot::Slot;
use crate::attr::value::{path, string, strings};
use crate::diag::Diagnostics;
use crate::path::{invented, root};

const EXAMPLE: &str = "#[migration(\"0001_initial_catalog\")]";
const SHAPE: &str = "async fn initial_catalog(m: &mut Migration<'_>) -> MigrationResult";

/// The values of `#[migration(…)]`.
#[derive(Default)]
struct MigrationAttr {
    id: Option<LitStr>,
    module: Slot<LitStr>,
    replaces: Slot<Vec<LitStr>>,
    krate: Slot<Path>,
}

/// Runs the attribute macro.
pub(crate) fn migration(attr: TokenStream, item: &TokenStream) -> TokenStream {
    let mut diag = Diagnostics::default();
    let read = MigrationAttr::read(attr, &mut diag);
    let function = syn::parse2::<ItemFn>(item.clone());
    match &function {
        Ok(function) => check_shape(function, &mut diag),
        Err(error) => {
            let span = item.clone().into_iter().next().map_or_else(|| error.span(), |token| token.span());
            diag.error(span, format!("`#[migration]` belongs on a function: write `{EXAMPLE} {SHAPE}`"));
        }
    }
    let (Ok(function), Some(id), true) = (&function, &read.id, diag.is_empty()) else {
        let errors = diag.to_tokens();
        return quote!(#item #errors);
    };
    let entry = registration(function, id, &read);
    quote!(#function #entry)
}

/// Generates the registration of the function. For `#[migration("0001_initial_catalog")] async fn initial_catalog(…)`:
///
/// ```ignore
/// const _: () = {
///     use ::schemata::__private as __s;
///     __s::inventory::submit! {
///         __s::MigrationEntry::new(
///             ::core::env!("CARGO_PKG_NAME"), "0001_initial_catalog",
///             |m| ::std::boxed::Box::pin(initial_catalog(m)), ::core::file!(), ::core::line!(),
///         )
///         .within(::core::module_path!())
///     }
/// };
/// ```
///
/// With `replaces`, `.replacing(&["0001_initial_catalog"])` follows.
fn registration(function: &ItemFn, id: &LitStr, attr: &MigrationAttr) -> TokenStream {
    let (name, m, root) = (&function.sig.ident, invented("m"), root(attr.krate.get()));
    let module = attr.module.get().map_or_else(|| quote!(::core::env!("CARGO_PKG_NAME")), |module| quote!(#module));
    let cfgs = function.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    let replacing = attr.replaces.get().map(|ids| quote!(.replacing(&[#(#ids),*])));
    quote! {
        #(#cfgs)*
        const _: () = {
            use #root::__private as __s;
            __s::inventory::submit! {
                __s::MigrationEntry::new(
                    #module, #id, |#m| ::std::boxed::Box::pin(#name(#m)), ::core::file!(), ::core::line!(),
                )
                .within(::core::module_path!())
                #replacing
            }
        };
    }
}

impl MigrationAttr {
    fn read(tokens: TokenStream, diag: &mut Diagnostics) -> Self {
        let mut this = Self::default();
        for (i, part) in split(tokens).into_iter().enumerate() {
            let text = syn::parse2::<LitStr>(part.iter().cloned().collect());
            match text {
                Ok(id) if i == 0 => {
                    check_id(&id, diag);
                    this.id = Some(id);
                }
                _ => {
                    if let Some(option) = entry(part, diag) {
                        this.take(&option, diag);
                    }
                }
            }
        }
        if this.id.is_none() {
            diag.error(Span::call_site(), format!("a migration needs an id: write `{EXAMPLE}`"));
        }
        this.check_replaced(diag);
        this
    }

    fn take(&mut self, option: &Entry, diag: &mut Diagnostics) {
        let key = &option.key;
        match key.to_string().as_str() {
            "module" => {
                let module = string(option, diag);
                if let Some(name) = module.as_ref().filter(|name| name.value().is_empty()) {
                    diag.error(name.span(), "the module's name is empty: write a name, or leave `module` out");
                }
                self.module.set(key, module, diag);
            }
            "replaces" => {
                let message = "`replaces` takes the ids of the migrations that it replaces: write `replaces = [\"0001_a\", \"0002_b\"]`";
                self.replaces.set(key, strings(option, message, diag), diag);
            }
            "crate" => self.krate.set(key, path(option, diag), diag),
            other => diag.error(
                key.span(),
                format!("unknown key `{other}`: after its id, `#[migration]` takes `module`, `replaces` and `crate`"),
            ),
        }
    }

    /// Checks that the list names each replaced migration once.
    fn check_replaced(&self, diag: &mut Diagnostics) {
        let Some(ids) = self.replaces.get() else { return };
        if let Some(span) = self.replaces.span().filter(|_| ids.is_empty()) {
            diag.error(span, "`replaces` lists nothing: name the migrations that this one replaces, or leave it out");
        }
        for (at, id) in ids.iter().enumerate() {
            check_id(id, diag);
            let text = id.value();
            if self.id.as_ref().is_some_and(|own| own.value() == text) {
                diag.error(id.span(), format!("the migration replaces itself: take {text:?} out of the list"));
            } else if ids[..at].iter().any(|other| other.value() == text) {
                diag.error(id.span(), format!("{text:?} is listed twice: remove one of them"));
            }
        }
    }
}

/// Checks an id. It is a file name and a line of output: letters, digits, `_`, `-` and `.`.
fn check_id(id: &LitStr, diag: &mut Diagnostics) {
    let text = id.value();
    let bad = text.chars().find(|letter| !(letter.is_ascii_alphanumeric() || "_-.".contains(*letter)));
    if text.is_empty() {
        diag.error(id.span(), format!("the migration's id is empty: write `{EXAMPLE}`"));
    } else if let Some(bad) = bad {
        let message = format!("the migration's id holds {bad:?}: use ASCII letters, digits, `_`, `-` and `.`");
        diag.error(id.span(), message);
    } else if text.len() > 200 {
        diag.error(id.span(), format!("the migration's id is {} bytes long: use 200 at most", text.len()));
    }
}

fn check_shape(function: &ItemFn, diag: &mut Diagnostics) {
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        diag.error(signature.fn_token.span, format!("a migration is an async function: write `{SHAPE}`"));
    }
    if let Some(receiver) = signature.inputs.iter().find(|input| matches!(input, FnArg::Receiver(_))) {
        diag.error_on(receiver, format!("a migration is a function of its own, not a method: write `{SHAPE}`"));
    } else if signature.inputs.len() != 1 {
        let message = format!("a migration takes one parameter, the migration: write `{SHAPE}`");
        if signature.inputs.is_empty() {
            diag.error(signature.paren_token.span.join(), message);
        } else {
            diag.error_on(&signature.inputs, message);
        }
    }
    if signature.generics.params.iter().any(|param| !matches!(param, syn::GenericParam::Lifetime(_))) {
        diag.error_on(&signature.generics, format!("a migration has no type parameters: write `{SHAPE}`"));
    }
}
