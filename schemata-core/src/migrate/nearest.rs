//! Suggests existing schemas for a name that does not exist.

/// Lists the schemas of a database, except PostgreSQL's own.
pub(crate) const SCHEMAS: &str = "SELECT nspname::text AS name
    FROM pg_catalog.pg_namespace
    WHERE NOT pg_catalog.starts_with(nspname::text, 'pg_') AND nspname <> 'information_schema'";

/// Returns the three of `names` that are most similar to `pattern`.
pub(crate) fn nearest<'n>(pattern: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let stem = pattern.replace(['*', '?'], "");
    let mut ranked: Vec<(f64, &str)> =
        names.into_iter().map(|name| (strsim::jaro_winkler(&stem, name), name)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    ranked.into_iter().take(3).map(|(_, name)| format!("{name:?}")).collect()
}

/// Returns a phrase that names them, or nothing if there are none.
pub(crate) fn near(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("; there is {}", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_come_first() {
        let names = ["zebra", "tenant_1", "tenant_2", "other"];
        assert_eq!(nearest("tenat_*", names)[..2], ["\"tenant_1\"", "\"tenant_2\""]);
    }
}
