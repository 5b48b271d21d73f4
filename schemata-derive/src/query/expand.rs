//! Writes the function of a query.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericArgument, Ident, PathArguments, Type};

use crate::diag::Diagnostics;
use crate::path::{invented, root};
use crate::query::file::TextSource;
use crate::query::input::{Parameter, QueryFn};
use crate::query::text::{Piece, QueryText, read};

/// What a query returns.
#[derive(Clone, Copy)]
enum Returns {
    Rows,
    Optional,
    One,
    Stream,
    Affected,
}

/// Generates the function, and the registration of its query. For
/// `pub fn names(since: DateTime<Utc>) -> Vec<String> = "SELECT {Order::number} FROM {Order} WHERE {Order::placed_at} >= {since}";`
///
/// ```ignore
/// pub async fn names(db: &impl ::schemata::Executor, since: DateTime<Utc>) -> ::schemata::Result<Vec<String>> {
///     use ::schemata::__private::query as __q;
///     const __ROW: __q::Part<String> = __q::part::<String, _>();
///     const __PARAMETER_0: &__q::Parameter<DateTime<Utc>> = &__q::parameter::<DateTime<Utc>>("since", "DateTime<Utc>");
///     static __QUERY: __q::CheckedQuery = __q::CheckedQuery::new(__q::Source {
///         name: "names",
///         place: (::core::file!(), 12, ::core::file!(), 12),
///         pieces: &[
///             __q::Piece::Text("SELECT "), __q::Piece::TableName(<Order as __q::TableModel>::TABLE), …
///         ],
///         parameters: __PARAMETERS, // a constant: &[__PARAMETER_0.shape]
///         returns: __q::Returns::Rows,
///         rust: "Vec<String>",
///         row: __ROW.describe,
///         asserted: &[],
///     });
///     ::schemata::__register_query!(__QUERY);
///     __QUERY.fetch(__q::target(db), __ROW, &[&__PARAMETER_0.bind(&since)]).await
/// }
/// ```
pub(crate) fn function(
    function: &QueryFn,
    krate: Option<&syn::Path>,
    source: TextSource,
    diag: &mut Diagnostics,
) -> TokenStream {
    let root = root(krate);
    let before = diag.len();
    let (returns, row) = returned(&function.output, diag);
    let body = body(function, (returns, row), source, &root, diag).filter(|_| diag.len() == before);
    let body = body.unwrap_or_else(|| {
        let names = function.parameters.iter().map(|parameter| &parameter.name);
        quote!({ #(let _ = &#names;)* ::core::unimplemented!("the query does not compile") })
    });
    let QueryFn { attrs, vis, name, output, .. } = function;
    let arguments = function.parameters.iter().map(|parameter| {
        let (name, ty) = (&parameter.name, &parameter.ty);
        quote!(#name: #ty)
    });
    let db = invented_argument();
    let (lifetime, executor, output) = match returns {
        Returns::Stream => (quote!(<'__e>), quote!(&'__e impl #root::Executor), quote!(#root::Rows<'__e, #row>)),
        _ => (quote!(), quote!(&impl #root::Executor), output.to_token_stream()),
    };
    quote! {
        #(#attrs)*
        #[allow(clippy::missing_errors_doc, clippy::needless_pass_by_value, clippy::too_many_arguments)]
        #vis async fn #name #lifetime(#db: #executor #(, #arguments)*) -> #root::Result<#output> {
            #body
        }
    }
}

/// Returns the name of the executor, which the documentation shows.
fn invented_argument() -> Ident {
    invented("db")
}

fn body(
    function: &QueryFn,
    (returns, row): (Returns, &Type),
    source: TextSource,
    root: &TokenStream,
    diag: &mut Diagnostics,
) -> Option<TokenStream> {
    let literal = &function.text;
    let file = match source(literal, diag) {
        None => None,
        Some(file) => Some(file?),
    };
    let text = file.as_ref().map_or_else(|| literal.value(), |file| file.text.clone());
    let names: Vec<&Ident> = function.parameters.iter().map(|parameter| &parameter.name).collect();
    let read = read(&text, &names, literal.span(), diag)?;
    for (at, parameter) in function.parameters.iter().enumerate() {
        if !read.parameters.contains(&at) {
            let name = &parameter.name;
            diag.error(
                name.span(),
                format!("the query does not use `{name}`: write `{{{name}}}` in it, or remove the parameter"),
            );
        }
    }
    if matches!(returns, Returns::Affected)
        && text.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("select"))
    {
        let message = "`u64` is the number of rows that a statement affects, and a SELECT affects none: write `-> i64` for a count";
        diag.error(function.output.span(), message);
    }
    let (query, row_part, db) = (invented("__QUERY"), invented("__ROW"), invented_argument());
    let mut constants = TokenStream::new();
    let parameters: Vec<TokenStream> =
        read.parameters.iter().map(|at| parameter(*at, &function.parameters[*at], &mut constants)).collect();
    let binds = read.parameters.iter().zip(&parameters).map(|(at, made)| {
        let Parameter { name, ty } = &function.parameters[*at];
        let value = if matches!(ty, Type::Reference(_)) { quote!(#name) } else { quote!(&#name) };
        quote_spanned!(ty.span()=> &#made.bind(#value))
    });
    let (returned_row, describe) = match returns {
        Returns::Affected => (quote!(), quote!(__q::no_row)),
        _ => (
            quote_spanned!(row.span()=> const #row_part: __q::Part<#row> = __q::part::<#row, _>();),
            quote!(#row_part.describe),
        ),
    };
    let call = match returns {
        Returns::Rows => quote!(fetch(__q::target(#db), #row_part, &[#(#binds),*])),
        Returns::Optional => quote!(fetch_optional(__q::target(#db), #row_part, &[#(#binds),*])),
        Returns::One => quote!(fetch_one(__q::target(#db), #row_part, &[#(#binds),*])),
        Returns::Stream => quote!(stream(__q::target(#db), #row_part, &[#(#binds),*])),
        Returns::Affected => quote!(execute(__q::target(#db), &[#(#binds),*])),
    };
    let definition =
        definition(function, &read, returns, file.as_ref().map(|file| file.path.as_str()), (&parameters, &describe));
    Some(quote! {
        use #root::__private::query as __q;
        #returned_row
        #constants
        static #query: __q::CheckedQuery = #definition;
        #root::__register_query!(#query);
        #query.#call.await
    })
}

/// Returns a parameter without its value: a constant, so that its bound stands in one place, unless its type borrows, since the
/// lifetime would be that of the constant.
fn parameter(at: usize, Parameter { name, ty }: &Parameter, constants: &mut TokenStream) -> TokenStream {
    let (label, rust) = (name.to_string(), compact(ty));
    let ty = if let Type::Reference(reference) = ty { &*reference.elem } else { ty };
    let made = quote_spanned!(ty.span()=> __q::parameter::<#ty>(#label, #rust));
    if compact(ty).contains(['&', '\'']) {
        return made;
    }
    let constant = format_ident!("__PARAMETER_{at}", span = Span::mixed_site());
    constants.extend(quote_spanned!(ty.span()=> const #constant: &__q::Parameter<#ty> = &#made;));
    constant.to_token_stream()
}

fn definition(
    function: &QueryFn,
    read: &QueryText,
    returns: Returns,
    file: Option<&str>,
    (parameters, describe): (&[TokenStream], &TokenStream),
) -> TokenStream {
    let (name, line, text_line) = (function.name.to_string(), line(function.name.span()), line(function.text.span()));
    let pieces = read.pieces.iter().map(piece);
    let variant = format_ident!(
        "{}",
        match returns {
            Returns::Rows => "Rows",
            Returns::Optional => "Optional",
            Returns::One => "One",
            Returns::Stream => "Stream",
            Returns::Affected => "Affected",
        }
    );
    let (rust, asserted) = (compact(&function.output), &read.asserted);
    let (text_file, text_line, included) = match file {
        Some(path) => {
            let shown = function.text.value();
            (
                quote!(#shown),
                1,
                quote!({
                    const _: &str = ::core::include_str!(#path);
                }),
            )
        }
        None => (quote!(::core::file!()), text_line, quote!()),
    };
    quote! {
        {
            #included
            // Not inline: the values would not outlive the expression.
            const __PARAMETERS: &[__q::ParameterShape] = &[#(#parameters.shape),*];
            __q::CheckedQuery::new(__q::Source {
                name: #name,
                place: (::core::file!(), #line, #text_file, #text_line),
                pieces: &[#(#pieces),*],
                parameters: __PARAMETERS,
                returns: __q::Returns::#variant,
                rust: #rust,
                row: #describe,
                asserted: &[#(#asserted),*],
            })
        }
    }
}

fn piece(piece: &Piece) -> TokenStream {
    match piece {
        Piece::Text(text) => quote!(__q::Piece::Text(#text)),
        Piece::Table(model) => quote!(__q::Piece::Table(<#model as __q::TableModel>::TABLE)),
        Piece::TableName(model) => quote!(__q::Piece::TableName(<#model as __q::TableModel>::TABLE)),
        Piece::Column(handle) => quote!(__q::Piece::Column(__q::column_name(#handle))),
        Piece::Columns(model, alias) => {
            let alias = alias.as_ref().map_or_else(
                || quote!(::core::option::Option::None),
                |alias| quote!(::core::option::Option::Some(#alias)),
            );
            quote!(__q::Piece::Columns(<#model as __q::TableModel>::TABLE, #alias))
        }
    }
}

/// Reads the return type. The names decide: a macro sees no types.
fn returned<'t>(output: &'t Type, diag: &mut Diagnostics) -> (Returns, &'t Type) {
    let Type::Path(path) = output else {
        if matches!(output, Type::Tuple(tuple) if tuple.elems.is_empty()) {
            diag.error_on(output, "write `-> u64`, the number of rows that the statement affects");
        }
        return (Returns::One, output);
    };
    let Some(last) = path.path.segments.last() else { return (Returns::One, output) };
    let inner = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        }),
        _ => None,
    };
    match (last.ident.to_string().as_str(), inner) {
        // A row of one `bytea`.
        ("Vec", Some(Type::Path(byte))) if byte.path.is_ident("u8") => (Returns::One, output),
        ("Vec", Some(row)) => (Returns::Rows, row),
        ("Option", Some(row)) => (Returns::Optional, row),
        ("Stream", Some(row)) => (Returns::Stream, row),
        ("u64", None) => (Returns::Affected, output),
        ("Result", Some(row)) => {
            diag.error_on(output, "every query returns `schemata::Result`: write only what it holds");
            (Returns::One, row)
        }
        _ => (Returns::One, output),
    }
}

/// Returns the line of a token in its file.
fn line(span: Span) -> u32 {
    let line = if proc_macro::is_available() { span.unwrap().line() } else { 1 };
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// Returns a type as people write it.
fn compact(ty: &Type) -> String {
    let text = ty.to_token_stream().to_string();
    let text = text.replace(" :: ", "::").replace(" < ", "<").replace(" >", ">").replace("> ", ">").replace(" ,", ",");
    text.replace("& ", "&")
}
