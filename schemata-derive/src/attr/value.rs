//! Parses the values of keys: strings, words, literals and paths.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::parse::Parse;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitStr, Path, UnOp};

use crate::attr::entry::{Entry, Value, split};
use crate::diag::Diagnostics;

/// The literal of `default = …`.
pub(crate) struct DefaultLiteral {
    pub(crate) kind: LiteralKind,
    /// The literal as written, for its span.
    pub(crate) tokens: TokenStream,
}

/// The kind of a literal.
pub(crate) enum LiteralKind {
    Boolean(bool),
    Integer(i128),
    /// The digits, sign included.
    Float(String),
    Text(String),
}

/// Reads `key` without a value.
pub(crate) fn flag(entry: &Entry, diag: &mut Diagnostics) -> Option<()> {
    if let Value::None = entry.value {
        return Some(());
    }
    let key = &entry.key;
    diag.error(key.span(), format!("`{key}` takes no value: write `{key}` alone"));
    None
}

/// Reads `key = value`, and refuses a value that `accepts` does not accept.
fn parsed<T: Parse>(entry: &Entry, message: &str, accepts: impl Fn(&T) -> bool, diag: &mut Diagnostics) -> Option<T> {
    match &entry.value {
        Value::Is(tokens) => {
            let value = syn::parse2::<T>(tokens.clone()).ok().filter(accepts);
            if value.is_none() {
                diag.error_on(tokens, message);
            }
            return value;
        }
        Value::None => diag.error(entry.key.span(), message),
        Value::List(_, span) => diag.error(*span, message),
    }
    None
}

/// Reads `key = "text"`.
pub(crate) fn string(entry: &Entry, diag: &mut Diagnostics) -> Option<LitStr> {
    let key = &entry.key;
    parsed(entry, &format!("`{key}` takes a string: write `{key} = \"…\"`"), |_| true, diag)
}

/// Reads `key = ["text", "text"]`. An element that is not a string is blamed alone.
pub(crate) fn strings(entry: &Entry, message: &str, diag: &mut Diagnostics) -> Option<Vec<LitStr>> {
    let Value::Is(tokens) = &entry.value else {
        diag.error(entry.key.span(), message);
        return None;
    };
    let Ok(TokenTree::Group(list)) = syn::parse2::<TokenTree>(tokens.clone()) else {
        diag.error_on(tokens, message);
        return None;
    };
    if list.delimiter() != Delimiter::Bracket {
        diag.error(list.span(), message);
        return None;
    }
    let mut read = |part: Vec<TokenTree>| {
        let tokens: TokenStream = part.into_iter().collect();
        let text = syn::parse2::<LitStr>(tokens.clone()).ok();
        if text.is_none() {
            diag.error_on(&tokens, message);
        }
        text
    };
    let all: Vec<Option<LitStr>> = split(list.stream()).into_iter().map(&mut read).collect();
    all.into_iter().collect()
}

/// Reads `key = word`, one of `words`.
pub(crate) fn word(entry: &Entry, words: &[&str], diag: &mut Diagnostics) -> Option<Ident> {
    let key = &entry.key;
    let message = format!("`{key}` takes one of {}: write `{key} = {}`", crate::names::list(words), words[0]);
    parsed(entry, &message, |word: &Ident| words.contains(&word.to_string().as_str()), diag)
}

/// Reads `key = Model::column`.
pub(crate) fn handle(entry: &Entry, diag: &mut Diagnostics) -> Option<Path> {
    let key = &entry.key;
    let message = format!("`{key}` takes a column of a model: write `{key} = Model::column`");
    parsed(entry, &message, |path: &Path| path.segments.len() > 1, diag)
}

/// Reads `key = "path"` or `key = path`.
pub(crate) fn path(entry: &Entry, diag: &mut Diagnostics) -> Option<Path> {
    if let Value::Is(tokens) = &entry.value {
        let parsed = match syn::parse2::<LitStr>(tokens.clone()) {
            Ok(text) => text.parse(),
            Err(_) => syn::parse2(tokens.clone()),
        };
        if let Ok(path) = parsed {
            return Some(path);
        }
    }
    let message = match entry.key.to_string().as_str() {
        "validate" => "`validate` takes the path of a function: write `validate = check_order`",
        _ => "`crate` takes the path of the library: write `crate = \"my_app::schemata\"`",
    };
    diag.error(entry.key.span(), message);
    None
}

/// Reads `default = literal`.
pub(crate) fn default_literal(entry: &Entry, diag: &mut Diagnostics) -> Option<DefaultLiteral> {
    let message = "`default` takes a literal: `true`, `0`, `-1`, `1.5` or `\"text\"`; \
                   an SQL expression goes into `default_sql = \"…\"`";
    let Value::Is(tokens) = &entry.value else {
        diag.error(entry.key.span(), message);
        return None;
    };
    let kind = syn::parse2::<Expr>(tokens.clone()).ok().and_then(|expr| literal_kind(&expr));
    if kind.is_none() {
        diag.error_on(tokens, message);
    }
    kind.map(|kind| DefaultLiteral { kind, tokens: tokens.clone() })
}

fn literal_kind(expr: &Expr) -> Option<LiteralKind> {
    let (lit, negative) = match expr {
        Expr::Lit(ExprLit { lit, .. }) => (lit, false),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match &**expr {
            Expr::Lit(ExprLit { lit: lit @ (Lit::Int(_) | Lit::Float(_)), .. }) => (lit, true),
            _ => return None,
        },
        Expr::Group(group) => return literal_kind(&group.expr),
        _ => return None,
    };
    let sign = if negative { "-" } else { "" };
    match lit {
        Lit::Bool(value) => Some(LiteralKind::Boolean(value.value)),
        Lit::Str(text) => Some(LiteralKind::Text(text.value())),
        Lit::Int(int) if int.suffix().is_empty() => {
            format!("{sign}{}", int.base10_digits()).parse().ok().map(LiteralKind::Integer)
        }
        Lit::Float(float) if float.suffix().is_empty() => {
            Some(LiteralKind::Float(format!("{sign}{}", float.base10_digits())))
        }
        _ => None,
    }
}

/// Reads `key(Model::a, Model::b)`.
pub(crate) fn path_list(entry: &Entry, diag: &mut Diagnostics) -> Vec<Path> {
    let message = "`references` takes columns of one model: write `references(Line::order_id, Line::number)`";
    let Value::List(tokens, _) = &entry.value else {
        diag.error(entry.key.span(), message);
        return Vec::new();
    };
    let read = |part: Vec<TokenTree>| {
        let tokens: TokenStream = part.into_iter().collect();
        let path = syn::parse2::<Path>(tokens.clone()).ok().filter(|path| path.segments.len() > 1);
        if path.is_none() {
            diag.error_on(&tokens, message);
        }
        path
    };
    split(tokens.clone()).into_iter().filter_map(read).collect()
}

/// Reads `key = "text"` or `key = word`.
pub(crate) fn string_or_word(entry: &Entry, diag: &mut Diagnostics) -> Option<String> {
    if let Value::Is(tokens) = &entry.value
        && let Ok(word) = syn::parse2::<Ident>(tokens.clone())
    {
        return Some(word.to_string());
    }
    string(entry, diag).map(|text| text.value())
}

/// Reads `key = 70`, `key = 0.5`, `key = off`, `key = true` or `key = "text"`: a storage parameter's value, as written.
pub(crate) fn parameter(entry: &Entry, diag: &mut Diagnostics) -> Option<String> {
    let key = &entry.key;
    let Value::Is(tokens) = &entry.value else {
        diag.error(key.span(), format!("`{key}` lacks its value: write `{key} = …`"));
        return None;
    };
    if let Ok(word) = syn::parse2::<Ident>(tokens.clone()) {
        return Some(word.to_string());
    }
    let literal = syn::parse2::<Expr>(tokens.clone()).ok().and_then(|expr| literal_kind(&expr));
    let value = literal.map(|kind| match kind {
        LiteralKind::Boolean(value) => value.to_string(),
        LiteralKind::Integer(value) => value.to_string(),
        LiteralKind::Float(text) | LiteralKind::Text(text) => text,
    });
    if value.is_none() {
        diag.error_on(tokens, format!("`{key}` takes a number, a word or a string: write `{key} = 70`"));
    }
    value
}

/// Reads `key = -5`: a whole number.
pub(crate) fn integer(entry: &Entry, diag: &mut Diagnostics) -> Option<i64> {
    let key = &entry.key;
    let value = match &entry.value {
        Value::Is(tokens) => syn::parse2::<Expr>(tokens.clone()).ok(),
        _ => None,
    };
    let number = value.and_then(|expr| match literal_kind(&expr) {
        Some(LiteralKind::Integer(number)) => i64::try_from(number).ok(),
        _ => None,
    });
    if number.is_none() {
        diag.error(key.span(), format!("`{key}` takes a whole number of 64 bits: write `{key} = 100`"));
    }
    number
}
