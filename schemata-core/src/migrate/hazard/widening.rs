//! Recognizes changes of a column's type that do not rewrite the table.

/// Returns whether PostgreSQL changes a column from type `from`, as it prints it, to `to`, as written, without touching a row:
/// the limit of a `varchar` or the precision of a `numeric` grows or is removed.
pub(crate) fn widens(from: &str, to: &str) -> bool {
    let (Some(from), Some(to)) = (Type::read(from), Type::read(to)) else { return false };
    match (from.name, to.name) {
        ("varchar", "text") => to.limits.is_empty(),
        ("varchar" | "text", "varchar") => to.limits.is_empty() || grows(&from.limits, &to.limits),
        ("numeric", "numeric") => {
            let same_scale = from.limits.get(1).unwrap_or(&0) == to.limits.get(1).unwrap_or(&0);
            to.limits.is_empty() || same_scale && grows(&from.limits[..from.limits.len().min(1)], &to.limits[..1])
        }
        (from_name, to_name) => from_name == to_name && from.limits == to.limits,
    }
}

/// Returns whether limit `to` is at least `from`. A missing `from` is unlimited, so that no limit is wide enough.
fn grows(from: &[u32], to: &[u32]) -> bool {
    matches!((from, to), ([from], [to]) if to >= from)
}

struct Type {
    name: &'static str,
    limits: Vec<u32>,
}

impl Type {
    /// Parses the types that this file knows.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let (name, limits) = match text.split_once('(') {
            Some((name, rest)) => (name.trim(), rest.strip_suffix(')')?),
            None => (text.as_str(), ""),
        };
        let name = match name.split_whitespace().collect::<Vec<_>>().join(" ").as_str() {
            "varchar" | "character varying" => "varchar",
            "text" => "text",
            "numeric" | "decimal" => "numeric",
            _ => return None,
        };
        let limits: Result<Vec<u32>, _> =
            limits.split(',').map(str::trim).filter(|limit| !limit.is_empty()).map(str::parse).collect();
        Some(Self { name, limits: limits.ok()? })
    }
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
