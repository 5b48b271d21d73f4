//! Checks the form of a `sql_type`, as the core reads it. The compiler checks that it fits the Rust type.

use crate::sql::fragment::Fragment;
use crate::sql::lex::{TokenKind, tokens};
use crate::sql::type_name::TypeName;

/// Returns what is wrong with `text` as a type.
pub(crate) fn check(text: &str) -> Result<(), String> {
    let read = TypeName::read(text);
    let name = read.spelled();
    let integer = match name.as_str() {
        "serial" | "serial4" => Some("integer"),
        "bigserial" | "serial8" => Some("bigint"),
        "smallserial" | "serial2" => Some("smallint"),
        _ => None,
    };
    if let Some(integer) = integer {
        return Err(format!(
            "`{name}` is no type but {integer} with a default: write `identity` instead of the `sql_type`, or `serial` where \
             the table was made so"
        ));
    }
    if Fragment::Type.fault(text).is_none() && is_name(&name) && is_modifier(&read.modifier()) {
        return Ok(());
    }
    Err(format!(
        "`{text}` is not a PostgreSQL type: write a name like `text`, `varchar(20)`, `numeric(12,2)` or `text[]`"
    ))
}

/// Accepts words and quoted names, with spaces or dots between them.
fn is_name(name: &str) -> bool {
    let parts = tokens(name);
    let is_dot = |at: usize| parts.get(at).is_some_and(|part| part.text == ".");
    !parts.is_empty()
        && parts.iter().enumerate().all(|(at, part)| match part.kind {
            TokenKind::Symbol => is_dot(at) && at > 0 && at + 1 < parts.len() && !is_dot(at + 1),
            _ => part.name().is_some(),
        })
}

/// Accepts no modifier, numbers, and words of an extension: `geometry(Point,4326)`.
fn is_modifier(modifier: &str) -> bool {
    let inside = modifier.trim_start_matches('(').trim_end_matches(')');
    modifier.is_empty()
        || (!inside.is_empty() && inside.split(',').count() <= 2 && inside.split(',').all(|part| !part.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_modifiers_and_brackets() {
        for text in [
            "text",
            "varchar(20)",
            "numeric(12, 2)[]",
            "double precision",
            "timestamp(3) with time zone",
            "a.b",
            "text[][]",
            "integer array[4]",
            "numeric(5,-2)",
            "interval day to second(3)",
            "geometry(Point, 4326)",
            "public.\"Order state\"",
            "\"char\"",
        ] {
            assert!(check(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn refuses_anything_else() {
        for text in [
            "",
            "varchar(",
            "varchar()",
            "numeric(1,2,3)",
            "text; drop",
            "varchar(20) x(",
            "1a",
            "a..b",
            ".a",
            "a.",
            "int not null",
            "a, b",
            "'a'",
        ] {
            assert!(check(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_integer_behind_a_serial_type_is_named() {
        for (serial, integer) in [
            ("serial", "integer"),
            ("serial4", "integer"),
            ("BIGSERIAL", "bigint"),
            ("serial8", "bigint"),
            ("smallserial", "smallint"),
            ("serial2", "smallint"),
        ] {
            let message = check(serial).expect_err("no type of its own");
            assert!(
                message.contains(&format!("is no type but {integer} with a default: write `identity`")),
                "{message}"
            );
        }
    }
}
