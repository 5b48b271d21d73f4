//! Which changes of a column's type keep every value: known ones only. Whatever is not listed counts as lossy.

use crate::generate::text::words::{parts, short_type};

/// Whether every value of type `from` is one of type `to`, with nothing lost. Types are as `format_type` prints them.
pub(crate) fn keeps_values(from: &str, to: &str) -> bool {
    let (from, to) = (short_type(from), short_type(to));
    match (from.strip_suffix("[]"), to.strip_suffix("[]")) {
        (Some(from), Some(to)) => element(from, to),
        (None, None) => element(&from, &to),
        _ => false,
    }
}

fn element(from: &str, to: &str) -> bool {
    let ((from, from_modifier), (to, to_modifier)) = (parts(from), parts(to));
    let (before, after) = (numbers(from_modifier), numbers(to_modifier));
    match (from.as_str(), to.as_str()) {
        ("text", "varchar") => after.is_empty(),
        ("varchar", "varchar") | ("varbit", "varbit") => grows(&before, &after),
        ("varchar" | "text", "text")
        | ("smallint", "integer" | "bigint" | "real" | "double precision")
        | ("integer", "bigint" | "double precision")
        | ("real", "double precision")
        | ("cidr", "inet") => true,
        ("smallint", "numeric") => holds(&after, 5, 0),
        ("integer", "numeric") => holds(&after, 10, 0),
        ("bigint", "numeric") => holds(&after, 19, 0),
        ("numeric", "numeric") => match (before.as_slice(), after.is_empty()) {
            (_, true) => true,
            ([precision, scale], false) => holds(&after, precision - scale, *scale),
            _ => false,
        },
        ("timestamp", "timestamp") | ("timestamptz", "timestamptz") | ("time", "time") | ("timetz", "timetz") => {
            // Six digits of a second unless told.
            let digits = |modifier: &[i64]| modifier.first().copied().unwrap_or(6);
            digits(&after) >= digits(&before)
        }
        _ => false,
    }
}

/// Whether a length grows, or goes.
fn grows(before: &[i64], after: &[i64]) -> bool {
    match (before.first(), after.first()) {
        (_, None) => true,
        (Some(before), Some(after)) => after >= before,
        (None, Some(_)) => false,
    }
}

/// Whether `numeric` with this modifier has room for so many digits before the point and behind it.
fn holds(modifier: &[i64], whole: i64, scale: i64) -> bool {
    match modifier {
        [] => true,
        [precision] => scale == 0 && *precision >= whole,
        [precision, own, ..] => *own >= scale && precision - own >= whole,
    }
}

/// The numbers of a modifier like `(12,2)`.
fn numbers(modifier: &str) -> Vec<i64> {
    modifier.trim_matches(['(', ')']).split(',').filter_map(|number| number.trim().parse().ok()).collect()
}

/// An expression that makes a value of type `to` of `column`: PostgreSQL has no cast between types of different kinds, but
/// every type has a text form.
pub(crate) fn conversion(column: &str, from: &str, to: &str, spelled: &str) -> String {
    if is_text(from) || is_text(to) || kind(from).is_some() && kind(from) == kind(to) {
        format!("{column}::{spelled}")
    } else {
        format!("{column}::text::{spelled}")
    }
}

fn is_text(printed: &str) -> bool {
    let name = parts(&short_type(printed)).0;
    ["text", "varchar", "char", "citext"].contains(&name.rsplit('.').next().unwrap_or_default())
}

/// Types of one kind have casts between them.
fn kind(printed: &str) -> Option<u8> {
    match parts(&short_type(printed)).0.as_str() {
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => Some(1),
        "timestamp" | "timestamptz" | "date" => Some(2),
        "json" | "jsonb" => Some(3),
        "inet" | "cidr" => Some(4),
        "time" | "timetz" | "interval" => Some(5),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_keeps_values() {
        for (from, to) in [
            ("character varying(10)", "character varying(20)"),
            ("character varying(10)", "character varying"),
            ("character varying(10)[]", "text[]"),
            ("text", "character varying"),
            ("smallint", "bigint"),
            ("integer", "numeric(12,2)"),
            ("bigint", "numeric"),
            ("numeric(10,2)", "numeric(12,2)"),
            ("numeric(10,2)", "numeric(14,4)"),
            ("numeric(10,2)", "numeric"),
            ("real", "double precision"),
            ("timestamp(3) with time zone", "timestamp with time zone"),
        ] {
            assert!(keeps_values(from, to), "{from} to {to}");
        }
    }

    #[test]
    fn everything_else_is_for_a_person_to_decide() {
        for (from, to) in [
            ("character varying(20)", "character varying(10)"),
            ("character varying", "character varying(10)"),
            ("text", "character varying(10)"),
            ("bigint", "integer"),
            ("integer", "real"),
            ("bigint", "double precision"),
            ("integer", "numeric(9,0)"),
            ("integer", "numeric(11,2)"),
            ("numeric(10,2)", "numeric(12,4)[]"),
            ("numeric(10,2)", "numeric(10,4)"),
            ("numeric(10,2)", "numeric(10,0)"),
            ("numeric", "numeric(10,2)"),
            ("timestamp without time zone", "timestamp with time zone"),
            ("timestamp with time zone", "timestamp(3) with time zone"),
            ("text", "citext"),
            ("character(3)", "text"),
            ("json", "jsonb"),
            ("text", "text[]"),
            ("uuid", "text"),
        ] {
            assert!(!keeps_values(from, to), "{from} to {to}");
        }
    }

    #[test]
    fn what_has_no_cast_goes_through_text() {
        assert_eq!(conversion("a", "integer", "uuid", "uuid"), "a::text::uuid");
        assert_eq!(conversion("a", "bigint", "integer", "integer"), "a::integer");
        assert_eq!(conversion("a", "text", "uuid", "uuid"), "a::uuid");
    }
}
