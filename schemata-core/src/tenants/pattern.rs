//! Patterns for names: `*` stands for any characters, `?` for one character.

/// Returns `pattern` as a pattern of `LIKE` with a backslash as its escape.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_stars_and_question_marks_are_special() {
        assert_eq!(like("tenant_*"), r"tenant\_%");
        assert_eq!(like(r"a?%\*"), r"a_\%\\%");
    }
}
