//! Which changes of a column's type keep every value. Changes that are not listed count as lossy.

use crate::schema::type_name::TypeName;

/// Returns whether every value of type `from` is a value of type `to`, without loss. Types are as `format_type` prints them.
pub(crate) fn keeps_values(from: &str, to: &str) -> bool {
    let (from, to) = (TypeName::read(from), TypeName::read(to));
    let (Some(before), Some(after)) = (from.limits(), to.limits()) else { return false };
    from.array == to.array
        && match (from.short_name().as_str(), to.short_name().as_str()) {
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
                // The default is six digits of a second.
                let digits = |limits: &[i64]| limits.first().copied().unwrap_or(6);
                digits(&after) >= digits(&before)
            }
            _ => false,
        }
}

/// Returns whether a length grows or is removed.
fn grows(before: &[i64], after: &[i64]) -> bool {
    match (before.first(), after.first()) {
        (_, None) => true,
        (Some(before), Some(after)) => after >= before,
        (None, Some(_)) => false,
    }
}

/// Returns whether `numeric` with these limits has room for this many digits before and after the point.
fn holds(limits: &[i64], whole: i64, scale: i64) -> bool {
    match limits {
        [] => true,
        [precision] => scale == 0 && *precision >= whole,
        [precision, own, ..] => *own >= scale && precision - own >= whole,
    }
}

/// Returns an expression that converts `column` to type `to`, which is written as `spelled`. PostgreSQL has no cast
/// between types of different kinds, but every type has a text form.
pub(crate) fn conversion(column: &str, from: &str, to: &str, spelled: &str) -> String {
    if is_text(from) || is_text(to) || kind(from).is_some() && kind(from) == kind(to) {
        format!("{column}::{spelled}")
    } else {
        format!("{column}::text::{spelled}")
    }
}

fn is_text(printed: &str) -> bool {
    let read = TypeName::read(printed);
    let name = read.short_name();
    !read.array && ["text", "varchar", "char", "citext"].contains(&name.rsplit('.').next().unwrap_or_default())
}

/// Returns a number for each kind of types. Types of one kind have casts between them.
fn kind(printed: &str) -> Option<u8> {
    let read = TypeName::read(printed);
    match read.short_name().as_str() {
        _ if read.array => None,
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
    fn everything_else_may_lose_values() {
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
    fn types_without_a_cast_are_converted_by_way_of_text() {
        assert_eq!(conversion("a", "integer", "uuid", "uuid"), "a::text::uuid");
        assert_eq!(conversion("a", "bigint", "integer", "integer"), "a::integer");
        assert_eq!(conversion("a", "text", "uuid", "uuid"), "a::uuid");
    }
}
