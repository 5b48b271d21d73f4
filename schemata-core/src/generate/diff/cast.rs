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
    // PostgreSQL prints both limits or none.
    match limits {
        [precision, own] => *own >= scale && precision - own >= whole,
        _ => limits.is_empty(),
    }
}

/// Returns an expression that converts `column` to type `to`, which is written as `spelled`. Without a cast between the two types,
/// it goes by way of text, a form that every type has.
pub(crate) fn conversion(column: &str, from: &str, to: &str, spelled: &str) -> String {
    if is_text(from) || is_text(to) || has_cast(from, to) {
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

/// Returns whether PostgreSQL casts one of these types to the other.
fn has_cast(from: &str, to: &str) -> bool {
    const EACH_TO_EACH: [&[&str]; 6] = [
        &["smallint", "integer", "bigint", "numeric", "real", "double precision"],
        &["timestamp", "timestamptz", "date"],
        &["json", "jsonb"],
        &["inet", "cidr"],
        // There is no cast between `interval` and `timetz`.
        &["time", "timetz"],
        &["time", "interval"],
    ];
    let (from, to) = (TypeName::read(from), TypeName::read(to));
    let (first, second) = (from.short_name(), to.short_name());
    let both = |types: &&[&str]| types.contains(&first.as_str()) && types.contains(&second.as_str());
    !from.array && !to.array && EACH_TO_EACH.iter().any(both)
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
        assert_eq!(conversion("a", "uuid", "text", "text"), "a::text");
        assert_eq!(conversion("a", "uuid[]", "text[]", "text[]"), "a::text::text[]");
    }

    #[test]
    fn types_with_a_cast_are_converted_directly() {
        const NUMBERS: [&str; 6] = ["smallint", "integer", "bigint", "numeric(4,1)", "real", "double precision"];
        const MOMENTS: [&str; 3] = ["timestamp(3) without time zone", "timestamp with time zone", "date"];
        const JSON: [&str; 2] = ["json", "jsonb"];
        const NETWORKS: [&str; 2] = ["inet", "cidr"];
        const TIMES: [&str; 3] = ["time without time zone", "time(3) with time zone", "interval"];
        let kinds: [&[&str]; 5] = [&NUMBERS, &MOMENTS, &JSON, &NETWORKS, &TIMES];
        for (kind, from) in
            kinds.iter().enumerate().flat_map(|(kind, types)| types.iter().map(move |from| (kind, *from)))
        {
            for (other, to) in
                kinds.iter().enumerate().flat_map(|(kind, types)| types.iter().map(move |to| (kind, *to)))
            {
                // Beyond the casts of a kind, PostgreSQL has some from moments to times, and from `jsonb` to numbers.
                let lacks = [("interval", TIMES[1]), (TIMES[1], "interval")].contains(&(from, to));
                let by_text = kind != other || lacks;
                let expected = if by_text { "a::text::x" } else { "a::x" };
                assert_eq!(conversion("a", from, to, "x"), expected, "{from} to {to}");
            }
            let array = format!("{from}[]");
            assert_eq!(conversion("a", &array, &array, "x"), "a::text::x");
            assert_eq!(conversion("a", from, &array, "x"), "a::text::x");
        }
    }
}
