//! `sql!(bool, "{} %> {}", Package::name, term)`: a fragment of SQL as a typed expression.
//!
//! The text is cut at its holes and checked as one expression of SQL; the types of the holes are left to the compiler.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, LitStr, Token, Type};

use crate::diag::Diagnostics;
use crate::path::ends;
use crate::sql::fragment::Fragment;
use crate::sql::lex::tokens;

const SHAPE: &str =
    "write `sql!(bool, \"{} %> {}\", Package::name, term)`: a type, a text, and an expression for each `{}`";

/// Stands for a hole when the text is checked: a word, so that it is a token of its own unless it touches another word.
const HOLE: &str = "hole_of_sql_macro";

/// The input, after the path of the core.
struct Input {
    root: TokenStream,
    ty: Type,
    text: LitStr,
    holes: Punctuated<Expr, Token![,]>,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let root;
        syn::bracketed!(root in input);
        let root = root.parse()?;
        let ty = input.parse().map_err(|error| syn::Error::new(error.span(), format!("a type is missing: {SHAPE}")))?;
        let comma = input.parse::<Token![,]>();
        comma.map_err(|error| syn::Error::new(error.span(), format!("a `,` is missing after the type: {SHAPE}")))?;
        let text = input.parse().map_err(|error| {
            syn::Error::new(error.span(), format!("the text is not a literal, which keeps values out of it: {SHAPE}"))
        })?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        Ok(Self { root, ty, text, holes: Punctuated::parse_terminated(input)? })
    }
}

/// Runs the macro.
pub(crate) fn sql(input: TokenStream) -> TokenStream {
    let input: Input = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut diag = Diagnostics::default();
    let pieces = pieces(&input, &mut diag);
    if diag.is_empty() { expand(&input, &pieces) } else { diag.to_tokens() }
}

/// Generates the expression. For `sql!(bool, "{} %> {}", Package::name, term)`:
///
/// ```ignore
/// ::schemata::query::functions::__fragment(&["(", " %> ", ")"]).first(Package::name).hole(term).of::<bool>()
/// ```
fn expand(input: &Input, pieces: &[String]) -> TokenStream {
    let Input { root, ty, holes, .. } = input;
    let filled = holes.iter().enumerate().map(|(at, hole)| {
        let span = Span::mixed_site().located_at(ends(hole).0);
        if at == 0 { quote_spanned!(span=> .first(#hole)) } else { quote_spanned!(span=> .hole(#hole)) }
    });
    let of = quote_spanned!(ends(ty).0.resolved_at(Span::mixed_site())=> .of::<#ty>());
    let fragment = quote!(#root::query::functions::__fragment(&[#(#pieces),*]) #(#filled)* #of);
    match registered(input, pieces) {
        Some(registered) => quote!({ #registered #fragment }),
        None => fragment,
    }
}

/// Registers the text for the check. A hole that is a column has a type that a static can name; what names a type parameter of the
/// function around it cannot stand in a static.
fn registered(input: &Input, pieces: &[String]) -> Option<TokenStream> {
    let Input { root, ty, holes, .. } = input;
    if names_parameter(&ty.to_token_stream()) {
        return None;
    }
    let rust = ty.to_token_stream().to_string().replace(' ', "");
    let types = holes.iter().map(|hole| {
        let of_column = |column| quote!(::core::option::Option::Some(#root::__private::query::hole_of(&#column)));
        column(hole).map_or_else(|| quote!(::core::option::Option::None), of_column)
    });
    Some(quote! {
        #root::__register_text!(
            &[#(#pieces),*],
            &[#(#types),*],
            ::core::option::Option::Some((&<#ty as #root::schema::ColumnType>::SQL_TYPE, #rust))
        );
    })
}

/// Returns a hole that is written like a column: `Package::name`, `packages::Package::name`.
fn column(hole: &Expr) -> Option<&Expr> {
    match hole {
        Expr::Group(group) => column(&group.expr),
        Expr::Path(path) if path.qself.is_none() && !names_parameter(&path.to_token_stream()) => {
            let mut segments = path.path.segments.iter().rev().map(|segment| segment.ident.to_string());
            let begins = |name: &str, is_upper: bool| {
                name.trim_start_matches("r#").chars().next().is_some_and(|first| first.is_uppercase() == is_upper)
            };
            let (name, owner) = (segments.next()?, segments.next()?);
            (begins(&name, false) && begins(&owner, true)).then_some(hole)
        }
        _ => None,
    }
}

/// Returns whether tokens name `Self`, or a type that is called like a parameter: `T`.
fn names_parameter(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(name) => {
            let name = name.to_string();
            name == "Self" || (name.len() == 1 && name.chars().all(char::is_uppercase))
        }
        TokenTree::Group(group) => names_parameter(&group.stream()),
        _ => false,
    })
}

/// Returns the text around the holes, in parentheses.
fn pieces(input: &Input, diag: &mut Diagnostics) -> Vec<String> {
    let (text, span) = (input.text.value(), input.text.span());
    let mut pieces = match cut(&text) {
        Ok(pieces) => pieces,
        Err(message) => {
            diag.error(span, message);
            return Vec::new();
        }
    };
    let (wanted, given) = (pieces.len() - 1, input.holes.len());
    if let Some(surplus) = input.holes.iter().nth(wanted) {
        diag.error_on(
            &surplus.to_token_stream(),
            format!("the text has {}: no `{{}}` is left for this", holes(wanted)),
        );
    } else if given < wanted {
        diag.error(span, format!("the text has {}: {given} filled, add an expression for each", holes(wanted)));
    }
    diag.note(span, fault(&pieces));
    // A comment to the end of the line must not hide the parenthesis.
    let end = if text.contains("--") { "\n)" } else { ")" };
    if let Some(last) = pieces.last_mut() {
        last.push_str(end);
    }
    if let Some(first) = pieces.first_mut() {
        first.insert(0, '(');
    }
    pieces
}

fn holes(count: usize) -> String {
    if count == 1 { "1 hole `{}`".to_owned() } else { format!("{count} holes `{{}}`") }
}

/// Cuts the text at its holes.
fn cut(text: &str) -> Result<Vec<String>, &'static str> {
    let mut pieces = vec![String::new()];
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('{', Some('}')) => {
                letters.next();
                pieces.push(String::new());
                continue;
            }
            ('{', Some('{')) | ('}', Some('}')) => {
                letters.next();
            }
            ('{', _) => {
                return Err(
                    "a `{` begins a hole: write `{}` and its expression after the text, or `{{` for the character",
                );
            }
            ('}', _) => return Err("a `}` ends no hole: write `}}` for the character"),
            _ => {}
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(letter);
        }
    }
    Ok(pieces)
}

/// Returns why the pieces with their holes are not one expression.
fn fault(pieces: &[String]) -> Option<String> {
    let text = pieces.join(HOLE);
    if let Some(fault) = Fragment::Expression.fault(&text) {
        // What the check advises is for migrations.
        let what = if fault.starts_with("it has a `;`") {
            "it has a `;`, which ends a statement".to_owned()
        } else {
            fault.replace(", but nothing is bound here", ": write `{}`, and its value after the text")
        };
        return Some(format!("this is not one {}: {what}", Fragment::Expression.noun()));
    }
    let holes = tokens(&text).iter().filter(|token| token.is(HOLE)).count();
    (holes + 1 != pieces.len()).then(|| {
        "a `{}` is inside a string, a quoted name or a comment, or touches a word: nothing can be filled in there; `{{}}` is the text `{}`"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_its_holes() {
        assert_eq!(cut("{} %> {}").expect("holes"), ["", " %> ", ""]);
        assert_eq!(cut("'{{a,b}}'::text[]").expect("no hole"), ["'{a,b}'::text[]"]);
        assert!(cut("{name}").is_err() && cut("a }").is_err() && cut("{").is_err());
    }

    #[test]
    fn a_hole_is_a_token_of_its_own() {
        let fault = |text: &str| fault(&cut(text).expect("holes"));
        for text in ["{}", "f({}, {})::int", "{}||{}", "(SELECT a FROM b WHERE c = {})", "'{{}}' = {} -- end"] {
            assert_eq!(fault(text), None, "{text}");
        }
        for text in ["'{}'", "a{}", "{}{}", "\"{}\"", "a -- {}", "a /* {} */", "$${}$$", "$a${}$a$", "{}$"] {
            assert!(fault(text).is_some_and(|fault| fault.contains("nothing can be filled in")), "{text}");
        }
        for (text, part) in
            [("{}, {}", "begins another one"), ("{}) OR ({}", "closes nothing"), ("{}; {}", "`;`"), ("", "empty")]
        {
            assert!(fault(text).is_some_and(|fault| fault.contains(part)), "{text}");
        }
    }
}
