//! Removes the casts that PostgreSQL prints in comparisons, where it adds them again to the comparison without.

use crate::generate::sketch::value_source::unquoted;
use crate::sql::lex::{Token, TokenKind, tokens};

/// Operators whose operands have the same type, or `text`.
const OPERATORS: &[&str] = &["=", "<>", "<", ">", "<=", ">=", "~~", "!~~", "~~*", "!~~*", "~", "!~", "~*", "!~*"];

/// Functions that take one text.
const OF_TEXT: &[&str] = &["lower", "upper", "length", "btrim", "initcap"];

/// Returns `status = 'a'` for `status = 'a'::mood`, `email <> ''` for `email::text <> ''::text`, `total >= 0` for
/// `total >= 0::numeric`, and `lower(email)` for `lower(email::text)`. `type_of` returns a column's type without modifiers.
///
/// An untyped literal takes the type of the other operand, so the cast is removed only if PostgreSQL printed that type.
pub(crate) fn without_redundant_casts(expression: &str, type_of: &dyn Fn(&str) -> Option<String>) -> String {
    let all = tokens(expression);
    let (mut out, mut done, mut at) = (String::new(), 0, 0);
    while at < all.len() {
        let found = comparison(&all, at, type_of).or_else(|| call(&all, at, type_of));
        if let Some((end, text)) = found {
            out.push_str(&expression[done..all[at].start]);
            out.push_str(&text);
            done = all.get(end - 1).map_or(expression.len(), |last| last.start + last.text.len());
            at = end;
        } else {
            at += 1;
        }
    }
    out.push_str(&expression[done..]);
    out
}

/// Returns the type of the column that a token names.
fn column(token: &Token<'_>, type_of: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    type_of(&token.name()?)
}

/// Reads a comparison at `at`. Returns the index of the token after it, and its text without casts.
fn comparison(all: &[Token<'_>], at: usize, type_of: &dyn Fn(&str) -> Option<String>) -> Option<(usize, String)> {
    let begins = at == 0 || matches!(all[at - 1].text, "(" | "AND" | "OR" | "NOT" | ",");
    let own = column(&all[at], type_of).filter(|_| begins)?;
    let text = |at: usize| all.get(at).map_or("", |token| token.text);
    let varchar = own == "character varying";
    let mut next = at + 1;
    if varchar {
        next = (text(next) == "::" && text(next + 1) == "text").then_some(next + 2)?;
    }
    let operator = OPERATORS.iter().find(|known| **known == text(next))?;
    let literal = text(next + 1);
    let whole = !literal.is_empty() && literal.bytes().all(|byte| byte.is_ascii_digit());
    if text(next + 2) != "::" || !(whole || unquoted(literal).is_some()) {
        return None;
    }
    next += 3;
    let mut words = Vec::new();
    while all.get(next).is_some_and(|token| {
        (token.kind == TokenKind::Word || token.text.starts_with('"')) && !matches!(token.text, "AND" | "OR")
    }) {
        words.push(text(next));
        next += 1;
    }
    let ends = matches!(text(next), "" | ")" | "AND" | "OR" | ",");
    let expected = if varchar { "text" } else { own.as_str() };
    // `integer` and its like are printed without a cast.
    let fits = !whole || matches!(expected, "numeric" | "double precision");
    (ends && fits && words.join(" ") == expected).then(|| (next, format!("{} {operator} {literal}", all[at].text)))
}

fn call(all: &[Token<'_>], at: usize, type_of: &dyn Fn(&str) -> Option<String>) -> Option<(usize, String)> {
    let text = |at: usize| all.get(at).map_or("", |token| token.text);
    let alone = at == 0 || text(at - 1) != ".";
    if !(alone && OF_TEXT.contains(&text(at)) && text(at + 1) == "(") {
        return None;
    }
    let own = column(all.get(at + 2)?, type_of)?;
    let cast = text(at + 3) == "::" && text(at + 4) == "text" && text(at + 5) == ")";
    (own == "character varying" && cast).then(|| (at + 6, format!("{}({})", text(at), text(at + 2))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(expression: &str) -> String {
        let type_of = |name: &str| {
            let of = match name {
                "status" => "mood",
                "Email" | "email" => "character varying",
                "note" => "text",
                "total" => "numeric",
                "at" => "timestamp with time zone",
                "n" => "bigint",
                _ => return None,
            };
            Some(of.to_owned())
        };
        without_redundant_casts(expression, &type_of)
    }

    #[test]
    fn casts_are_removed_where_postgresql_adds_them_again() {
        for (printed, plain) in [
            ("status = 'a'::mood", "status = 'a'"),
            ("email::text <> ''::text AND (status = 'a'::mood OR n > 0)", "email <> '' AND (status = 'a' OR n > 0)"),
            ("\"Email\"::text ~~ '%@%'::text", "\"Email\" ~~ '%@%'"),
            ("total >= 0::numeric", "total >= 0"),
            ("at > '2020-01-01'::timestamp with time zone", "at > '2020-01-01'"),
            ("lower(email::text)", "lower(email)"),
            ("length(email::text) > 3", "length(email) > 3"),
        ] {
            assert_eq!(read(printed), plain);
        }
        for same in [
            "at > '2020-01-01'::date",
            "status::text = 'a'::text",
            "email = 'a'::text",
            "email::text = ('a'::text || 'b'::text)",
            "email::text = 'a'::text COLLATE \"C\"",
            "note || email::text = 'a'::text",
            "lower(email::text || 'x'::text)",
            "x.lower(email::text)",
            "n > '5'::bigint + 1",
            "other = 'a'::mood",
            "'status = ''a''::mood'::text = note",
        ] {
            assert_eq!(read(same), same);
        }
    }
}
