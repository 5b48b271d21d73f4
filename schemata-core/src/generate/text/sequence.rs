//! The options of a sequence, as the catalog has them: `START WITH 100 CACHE 20`.

/// The options that differ from PostgreSQL's defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SequenceParts {
    pub(crate) start: Option<i64>,
    pub(crate) increment: Option<i64>,
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
    pub(crate) cache: Option<i64>,
    pub(crate) cycle: bool,
    pub(crate) sql_type: Option<String>,
}

impl SequenceParts {
    /// Reads the options.
    pub(crate) fn read(options: &str) -> Self {
        let after = |words: &str| {
            let (_, rest) = options.split_once(words)?;
            rest.split(' ').next()?.parse().ok()
        };
        Self {
            start: after("START WITH "),
            increment: after("INCREMENT BY "),
            min: after("MINVALUE "),
            max: after("MAXVALUE "),
            cache: after("CACHE "),
            cycle: options.split(' ').any(|word| word == "CYCLE"),
            sql_type: options.split_once("AS ").map(|(_, name)| name.trim().to_owned()),
        }
    }

    /// Returns all options as a statement has to name them that changes a sequence of the column type `sql_type`, with
    /// `before` in front of each.
    pub(crate) fn all(&self, before: &str, sql_type: &str) -> String {
        let greatest = match self.sql_type.as_deref().unwrap_or(sql_type) {
            "smallint" => i64::from(i16::MAX),
            "integer" => i64::from(i32::MAX),
            _ => i64::MAX,
        };
        let parts = [
            format!("INCREMENT BY {}", self.increment.unwrap_or(1)),
            format!("MINVALUE {}", self.min.unwrap_or(1)),
            format!("MAXVALUE {}", self.max.unwrap_or(greatest)),
            format!("START WITH {}", self.start.unwrap_or(1)),
            format!("CACHE {}", self.cache.unwrap_or(1)),
            (if self.cycle { "CYCLE" } else { "NO CYCLE" }).to_owned(),
        ];
        parts.map(|part| format!("{before}{part}")).join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_written_in_full() {
        let parts = SequenceParts::read("START WITH 5 INCREMENT BY -1 MINVALUE -9 CACHE 2 CYCLE AS bigint");
        assert_eq!((parts.start, parts.increment, parts.min, parts.max), (Some(5), Some(-1), Some(-9), None));
        assert_eq!((parts.cache, parts.cycle, parts.sql_type.as_deref()), (Some(2), true, Some("bigint")));
        assert_eq!(
            SequenceParts::read("START WITH 5").all("SET ", "integer"),
            "SET INCREMENT BY 1 SET MINVALUE 1 SET MAXVALUE 2147483647 SET START WITH 5 SET CACHE 1 SET NO CYCLE"
        );
    }
}
