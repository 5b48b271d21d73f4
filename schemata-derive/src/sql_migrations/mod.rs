//! `sql_migrations!`: registers the files of SQL in a folder as migrations.
//!
//! `file_name` says what a name means to the tools that write such files, `folder` lists a folder's migrations and what is wrong
//! with it. Statements are read by `sql/migration_file`, as the migrator reads them when it runs.

mod file_name;
mod folder;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{LitStr, Path};

use crate::attr::entry::{Entry, entry, split};
use crate::attr::slot::Slot;
use crate::attr::value::{path, string};
use crate::diag::Diagnostics;
use crate::path::root;
use crate::sql_migrations::folder::{SqlMigration, list};

const EXAMPLE: &str = "schemata::sql_migrations!(\"migrations\");";

/// What is written between the parentheses.
#[derive(Default)]
struct Input {
    folder: Option<LitStr>,
    module: Slot<LitStr>,
    krate: Slot<Path>,
}

/// Runs the macro.
pub(crate) fn sql_migrations(input: TokenStream) -> TokenStream {
    let mut diag = Diagnostics::default();
    let input = Input::read(input, &mut diag);
    let Some(folder) = &input.folder else { return diag.to_tokens() };
    let (found, mistakes) = list(&folder.value());
    for mistake in mistakes {
        diag.error(folder.span(), mistake);
    }
    let (errors, module) = (diag.to_tokens(), input.module.get());
    let root = root(input.krate.get());
    let all = found.iter().map(|migration| registration(migration, module, &root));
    quote!(#errors #(#all)*)
}

/// Generates the registration of a file:
///
/// ```ignore
/// const _: () = {
///     use ::schemata::__private as __s;
///     const FILE: __s::SqlFile = __s::SqlFile::new("migrations/0001_a.sql", ::core::include_str!("/…/0001_a.sql"), true);
///     __s::inventory::submit! {
///         __s::MigrationEntry::of_file(::core::env!("CARGO_PKG_NAME"), "0001_a", &FILE).within(::core::module_path!())
///     }
/// };
/// ```
///
/// Files that decide how it runs are included too, so that the compiler notices their changes.
fn registration(migration: &SqlMigration, module: Option<&LitStr>, root: &TokenStream) -> TokenStream {
    let SqlMigration { id, path, absolute, in_transaction, beside } = migration;
    let module = module.map_or_else(|| quote!(::core::env!("CARGO_PKG_NAME")), |module| quote!(#module));
    quote! {
        const _: () = {
            use #root::__private as __s;
            const FILE: __s::SqlFile = __s::SqlFile::new(#path, ::core::include_str!(#absolute), #in_transaction);
            #(const _: &str = ::core::include_str!(#beside);)*
            __s::inventory::submit! {
                __s::MigrationEntry::of_file(#module, #id, &FILE).within(::core::module_path!())
            }
        };
    }
}

impl Input {
    fn read(tokens: TokenStream, diag: &mut Diagnostics) -> Self {
        let mut this = Self::default();
        for (at, part) in split(tokens).into_iter().enumerate() {
            match syn::parse2::<LitStr>(part.iter().cloned().collect()) {
                Ok(folder) if at == 0 => this.folder = Some(folder),
                _ => {
                    if let Some(option) = entry(part, diag) {
                        this.take(&option, diag);
                    }
                }
            }
        }
        if this.folder.is_none() {
            diag.error(Span::call_site(), format!("`sql_migrations!` needs a folder: write `{EXAMPLE}`"));
        }
        this
    }

    fn take(&mut self, option: &Entry, diag: &mut Diagnostics) {
        let key = &option.key;
        match key.to_string().as_str() {
            "module" => {
                let module = string(option, diag);
                self.module.set(key, module, diag);
            }
            "crate" => self.krate.set(key, path(option, diag), diag),
            other => diag.error(
                key.span(),
                format!("unknown key `{other}`: after the folder, `sql_migrations!` takes `module` and `crate`"),
            ),
        }
    }
}
