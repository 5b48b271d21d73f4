//! Splits the arguments of attributes into entries between commas. Each entry is read on its own, so that a mistake in one
//! does not hide those in others.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};

use crate::diag::Diagnostics;

/// `key`, `key = value` or `key(list)`.
pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) value: Value,
}

/// The text after a key.
pub(crate) enum Value {
    None,
    /// `= …`; never empty.
    Is(TokenStream),
    /// `(…)`.
    List(TokenStream, Span),
}

/// Returns the tokens between top-level commas.
pub(crate) fn split(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut parts = vec![Vec::new()];
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => parts.push(vec![TokenTree::Punct(punct)]),
            other => parts.last_mut().expect("begins with one part").push(other),
        }
    }
    let comma = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(p)) if p.as_char() == ',');
    if parts.last().is_some_and(|last| last.is_empty() || (last.len() == 1 && comma(last.first()))) {
        parts.pop();
    }
    for part in &mut parts {
        if part.len() > 1 && comma(part.first()) {
            part.remove(0);
        }
    }
    parts
}

/// Reads the entries of an attribute.
pub(crate) fn entries(tokens: TokenStream, diag: &mut Diagnostics) -> Vec<Entry> {
    split(tokens).into_iter().filter_map(|part| entry(part, diag)).collect()
}

/// Reads one entry.
pub(crate) fn entry(part: Vec<TokenTree>, diag: &mut Diagnostics) -> Option<Entry> {
    let mut tokens = part.into_iter();
    let key = match tokens.next() {
        Some(TokenTree::Ident(key)) => key,
        Some(other) => {
            diag.error(other.span(), "expected a key: write `key`, `key = value` or `key(…)`, with commas between");
            return None;
        }
        None => return None,
    };
    let value = match tokens.next() {
        None => Value::None,
        Some(TokenTree::Punct(punct)) if punct.as_char() == '=' => {
            let value: TokenStream = tokens.by_ref().collect();
            if value.is_empty() {
                diag.error(punct.span(), format!("`{key}` lacks its value: write `{key} = …`"));
                return None;
            }
            Value::Is(value)
        }
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
            Value::List(group.stream(), group.span())
        }
        Some(other) => {
            diag.error(other.span(), format!("expected `,`, `= …` or `(…)` after `{key}`"));
            return None;
        }
    };
    match tokens.next() {
        None => Some(Entry { key, value }),
        Some(extra) => {
            diag.error(extra.span(), format!("expected `,` after `{key}(…)`"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<String>, Vec<String>) {
        let mut diag = Diagnostics::default();
        let keys = entries(text.parse().expect("tokens"), &mut diag).iter().map(|e| e.key.to_string()).collect();
        (keys, diag.messages())
    }

    #[test]
    fn reads_all_three_forms_and_a_trailing_comma() {
        assert_eq!(read("a, b = 1 + 2, c(d, e),"), (vec!["a".into(), "b".into(), "c".into()], vec![]));
    }

    #[test]
    fn a_bad_entry_leaves_the_others() {
        let (keys, errors) = read("a = , 5, b c, d");
        assert_eq!(keys, ["d"]);
        assert_eq!(errors.len(), 3);
    }

    #[test]
    fn two_commas_in_a_row_are_a_mistake() {
        assert_eq!(read("a,, b").1.len(), 1);
    }
}
