//! Masks the passwords in statements, for everything that is shown or stored.
//!
//! It finds literals after `PASSWORD` and `CONNECTION`, and literals that hold `password=` or a URL with a password, also in
//! dollar-quoted bodies. It cannot recognise a secret that nothing in the text marks, like the argument of a function.

use std::borrow::Cow;

use crate::sql::lex::{Token, TokenKind, tokens};

/// The mask for a secret literal.
const HIDDEN: &str = "'***'";

/// Returns `sql` with `'***'` for each literal that holds a password.
pub(crate) fn redacted(sql: &str) -> Cow<'_, str> {
    let all = tokens(sql);
    let mut out = String::new();
    let mut kept = 0;
    for (at, token) in all.iter().enumerate() {
        let shown = match token.kind {
            _ if !is_string(token) => continue,
            _ if is_named_secret(&all[..at]) || tells_password(token.text) => Cow::Borrowed(HIDDEN),
            TokenKind::Dollar => match body(token.text) {
                Some(shown) => Cow::Owned(shown),
                None => continue,
            },
            _ => continue,
        };
        out.push_str(&sql[kept..token.start]);
        out.push_str(&shown);
        kept = token.start + token.text.len();
    }
    if kept == 0 {
        return Cow::Borrowed(sql);
    }
    out.push_str(&sql[kept..]);
    Cow::Owned(out)
}

fn is_string(token: &Token<'_>) -> bool {
    token.kind == TokenKind::Dollar || token.kind == TokenKind::Exact && token.text.ends_with('\'')
}

/// Returns whether the text before a literal marks it as a secret: `PASSWORD '…'`, `password = '…'`, `CONNECTION '…'`.
fn is_named_secret(before: &[Token<'_>]) -> bool {
    let before = match before {
        // `U&'…'`
        [rest @ .., unicode, and] if unicode.is("u") && and.text == "&" => rest,
        all => all,
    };
    let before = match before {
        [rest @ .., equals] if matches!(equals.text, "=" | ":=" | "=>") => rest,
        all => all,
    };
    before.last().is_some_and(|name| {
        let name = name.text.trim_matches('"');
        ["password", "connection"].iter().any(|word| name.eq_ignore_ascii_case(word))
    })
}

/// Returns the body of a dollar-quoted string with its secrets masked; `None` if it has none.
fn body(text: &str) -> Option<String> {
    let tag = text[1..].find('$')? + 2;
    let inside = text.get(tag..text.len().checked_sub(tag)?)?;
    match redacted(inside) {
        Cow::Borrowed(_) => None,
        Cow::Owned(shown) => Some(format!("{}{shown}{}", &text[..tag], &text[..tag])),
    }
}

/// Returns whether a literal is a connection string with a password, or a statement that sets one.
fn tells_password(literal: &str) -> bool {
    if literal.starts_with('$') {
        return false;
    }
    let lower = literal.trim_end_matches('\'').to_ascii_lowercase();
    let set = lower.match_indices("password").any(|(at, word)| {
        let rest = lower[at + word.len()..].trim_start();
        ["=", "'", "$", "e'", "\\'"].iter().any(|value| rest.starts_with(value))
    });
    let url = lower.split("://").skip(1).any(|rest| {
        let authority = rest.split(['/', '?', '\'', ' ']).next().unwrap_or_default();
        authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
    });
    set || url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_hidden_wherever_they_are_written() {
        for (sql, shown) in [
            ("ALTER ROLE app PASSWORD 's3cr3t'", "ALTER ROLE app PASSWORD '***'"),
            (
                "CREATE USER u WITH ENCRYPTED password /* new */ E's3\\'cr3t' LOGIN",
                "CREATE USER u WITH ENCRYPTED password /* new */ '***' LOGIN",
            ),
            ("ALTER ROLE a PASSWORD $x$s3cr3t$x$", "ALTER ROLE a PASSWORD '***'"),
            ("ALTER ROLE a PASSWORD U&'s3cr3t'", "ALTER ROLE a PASSWORD U&'***'"),
            (
                "CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'a', password 's3cr3t', ADD \"password\" 's3cr3t')",
                "CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'a', password '***', ADD \"password\" '***')",
            ),
            (
                "CREATE SUBSCRIPTION s CONNECTION 'host=h password=s3cr3t' PUBLICATION p",
                "CREATE SUBSCRIPTION s CONNECTION '***' PUBLICATION p",
            ),
            ("SELECT dblink('host=h PASSWORD = s3cr3t', 'SELECT 1')", "SELECT dblink('***', 'SELECT 1')"),
            ("SELECT dblink('postgres://u:s3cr3t@h/d', 'SELECT 1')", "SELECT dblink('***', 'SELECT 1')"),
            ("DO $$BEGIN EXECUTE 'ALTER ROLE a PASSWORD ''s3cr3t'''; END$$", "DO $$BEGIN EXECUTE '***'; END$$"),
            ("DO $a$BEGIN ALTER ROLE a PASSWORD 's3cr3t'; END$a$", "DO $a$BEGIN ALTER ROLE a PASSWORD '***'; END$a$"),
            ("SELECT f(password => 's3cr3t')", "SELECT f(password => '***')"),
        ] {
            assert_eq!(redacted(sql), shown);
        }
    }

    #[test]
    fn what_holds_no_password_stays_to_the_letter() {
        for sql in [
            "CREATE TABLE users (password text NOT NULL DEFAULT '', url text)",
            "ALTER ROLE a PASSWORD NULL",
            "COMMENT ON COLUMN users.password IS 'the hash of the password'",
            "INSERT INTO links VALUES ('https://example.com/a?b=c:d')",
            "SELECT $1, \"password\"",
            "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$SELECT 'x'$$",
            "SELECT password \"shown\" FROM users",
            "SELECT 'open",
        ] {
            assert!(matches!(redacted(sql), Cow::Borrowed(_)), "{sql}");
        }
    }
}
