//! Patterns for names: `*` stands for any characters, `?` for one; and the names that come closest to one.

/// `pattern` as `LIKE` has it, with a backslash as its escape.
pub(crate) fn like(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        match c {
            '*' => out.push('%'),
            '?' => out.push('_'),
            '%' | '_' | '\\' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// The three of `names` that are most similar to `pattern`.
pub(crate) fn nearest<'n>(pattern: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let stem = pattern.replace(['*', '?'], "");
    let mut ranked: Vec<(f64, &str)> =
        names.into_iter().map(|name| (strsim::jaro_winkler(&stem, name), name)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    ranked.into_iter().take(3).map(|(_, name)| format!("{name:?}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_stars_and_question_marks_are_special() {
        assert_eq!(like("tenant_*"), r"tenant\_%");
        assert_eq!(like(r"a?%\*"), r"a_\%\\%");
    }

    #[test]
    fn the_nearest_names_come_first() {
        let names = ["zebra", "tenant_1", "tenant_2", "other"];
        assert_eq!(nearest("tenat_*", names)[..2], ["\"tenant_1\"", "\"tenant_2\""]);
    }
}
