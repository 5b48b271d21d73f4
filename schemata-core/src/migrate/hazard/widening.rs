//! Changes of a column's type that leave the table's rows as they are.

use crate::schema::type_name::TypeName;

/// Returns whether PostgreSQL changes a column of type `from` to `to` without touching a row: the limit of a `varchar`
/// or the precision of a `numeric` grows or goes.
pub(crate) fn widens(from: &str, to: &str) -> bool {
    let (from, to) = (TypeName::read(from), TypeName::read(to));
    let (Some(before), Some(after)) = (from.limits(), to.limits()) else { return false };
    if from.array || to.array {
        return false;
    }
    match (from.short_name().as_str(), to.short_name().as_str()) {
        ("varchar", "text") => after.is_empty(),
        ("varchar" | "text", "varchar") => after.is_empty() || grows(&before, &after),
        ("numeric", "numeric") => {
            let same_scale = before.get(1).unwrap_or(&0) == after.get(1).unwrap_or(&0);
            after.is_empty() || same_scale && grows(&before[..before.len().min(1)], &after[..1])
        }
        ("text", "text") => before == after,
        _ => false,
    }
}

/// Returns whether a limit grows. A type without a limit is the widest.
fn grows(from: &[i64], to: &[i64]) -> bool {
    matches!((from, to), ([from], [to]) if to >= from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_growing_limits_leave_rows_alone() {
        for (from, to) in [
            ("character varying(20)", "varchar(50)"),
            ("character varying(20)", "text"),
            ("character varying", "VARCHAR"),
            ("text", "character  varying"),
            ("numeric(12,2)", "decimal( 14, 2 )"),
            ("numeric(12,2)", "numeric"),
        ] {
            assert!(widens(from, to), "{from} to {to}");
        }
        for (from, to) in [
            ("character varying(50)", "varchar(20)"),
            ("character varying", "varchar(20)"),
            ("text", "varchar(20)"),
            ("numeric(12,2)", "numeric(14,3)"),
            ("numeric", "numeric(14,3)"),
            ("integer", "bigint"),
            ("integer", "text"),
            ("character varying(20)", "text COLLATE \"C\""),
            ("character varying(20)", "varchar(x)"),
        ] {
            assert!(!widens(from, to), "{from} to {to}");
        }
    }
}
