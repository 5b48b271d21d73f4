//! `#[derive(PgDomain)]`: a tuple struct of one field that is a PostgreSQL domain over the field's type.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::DeriveInput;

use crate::attr::created_type::TypeAttr;
use crate::check::sql_type;
use crate::diag::Diagnostics;
use crate::expand::wrapper::{SeenAs, Stored, conversions, inner};
use crate::path::{ends, root};
use crate::sql::fragment::Fragment;

/// Runs the derive.
pub(crate) fn domain(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut diag = Diagnostics::default();
    let attr = TypeAttr::read(&input.attrs, &["name", "schema", "sql_type", "check", "crate"], &mut diag);
    let inner = inner(&input, "PgDomain", &mut diag);
    if input.generics.type_params().next().is_some() || input.generics.const_params().next().is_some() {
        diag.error_on(&input.generics, "`PgDomain` takes no type parameters, since a domain is one type: remove them");
    }
    let name = attr.name(&input.ident, "the domain", &mut diag);
    for check in &attr.checks {
        if let Some(fault) = Fragment::Expression.fault(&check.sql.value()) {
            diag.error(check.sql.span(), format!("this is not one {}: {fault}", Fragment::Expression.noun()));
        }
    }
    if let Some(declared) = attr.sql_type.get()
        && let Err(message) = sql_type::check(&declared.value())
    {
        diag.error(declared.span(), message);
    }
    match inner {
        Some(inner) if diag.is_empty() => expand(&input, &inner, &name, &attr),
        _ => diag.to_tokens(),
    }
}

/// Generates the impls. For `#[column(check("has_at", "VALUE ~ '@'"))] struct Email(String);`, besides the conversions that
/// `Newtype` generates:
///
/// ```ignore
/// const DOMAIN: Domain = Domain::over(String::SQL_TYPE).checks(&[check("has_at", "VALUE ~ '@'")]);
/// impl ColumnType for Email {
///     type Inner = Self;
///     const SQL_TYPE: SqlType = SqlType::domain(None, "email", &DOMAIN);
///     /* accepts, decode and encode as the String does, for the domain and for its base type */
/// }
/// ```
fn expand(input: &DeriveInput, stored: &Stored<'_>, name: &str, attr: &TypeAttr) -> TokenStream {
    let (root, schema, inner) = (root(attr.krate()), attr.schema(), stored.ty);
    let checks = attr.checks.iter().map(|check| {
        let (name, sql) = (&check.name, &check.sql);
        quote!(__s::check(#name, #sql))
    });
    let declared = attr.sql_type.get().map(|declared| quote!(.declared(#declared)));
    let (start, _) = ends(inner);
    let verified = if let Some(declared) = attr.sql_type.get() {
        quote_spanned!(declared.span()=> __s::verify_sql_type(&[COLUMN.sql_type(#declared)], 0))
    } else {
        quote_spanned!(start=> __s::verify_implied_type(&[COLUMN], 0))
    };
    let sql_type = quote!(__s::SqlType::domain(#schema, #name, &DOMAIN));
    let conversions = conversions(input, stored, SeenAs::Domain(&sql_type));
    quote! {
        #[allow(warnings, missing_docs, clippy::pedantic)]
        const _: () = {
            use #root::__private as __s;
            const COLUMN: __s::Column = __s::Column::of::<#inner>(#name);
            const _: isize = #verified;
            const DOMAIN: __s::Domain =
                __s::Domain::over(<#inner as __s::ColumnType>::SQL_TYPE)#declared.checks(&[#(#checks),*]);
            #conversions
        };
    }
}
