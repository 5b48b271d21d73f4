//! Separates a text from its holes: `{name}` becomes a word that the SQL lexer reads as a name, `{{` and `}}` become braces.

/// The word that stands for a hole begins so, followed by its number and an underscore.
const WORD: &str = "__schemata_hole_";

/// A text in which words stand for the holes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Masked {
    pub(crate) sql: String,
    /// What is written in each hole.
    pub(crate) holes: Vec<String>,
}

/// Takes the holes out of `text`.
///
/// # Errors
/// The mistake in its braces, and the text to write instead.
pub(crate) fn mask(text: &str) -> Result<Masked, String> {
    let mut masked = Masked::default();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        masked.sql.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        let after = &rest[at + 1..];
        if let Some(after) = after.strip_prefix(brace) {
            masked.sql.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return Err("a `}` closes nothing: write `}}` for a brace of the SQL".to_owned());
        }
        let Some(end) = after.find('}') else {
            return Err("a `{` is not closed: write `{name}`, or `{{` for a brace of the SQL".to_owned());
        };
        masked.sql.extend([WORD, &masked.holes.len().to_string(), "_"]);
        masked.holes.push(after[..end].trim().to_owned());
        rest = &after[end + 1..];
    }
    masked.sql.push_str(rest);
    Ok(masked)
}

/// Returns the number of the hole that a word stands for.
pub(crate) fn number(word: &str) -> Option<usize> {
    word.strip_prefix(WORD)?.strip_suffix('_')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_become_words_and_doubled_braces_braces() {
        let masked = mask("SELECT {a}, '{{1}}' FROM { Order }").expect("well formed");
        assert_eq!(masked.sql, "SELECT __schemata_hole_0_, '{1}' FROM __schemata_hole_1_");
        assert_eq!(masked.holes, ["a", "Order"]);
        assert_eq!(number("__schemata_hole_12_"), Some(12));
    }

    #[test]
    fn braces_that_do_not_match_are_told() {
        assert!(mask("SELECT {a").is_err());
        assert!(mask("SELECT a}").is_err());
        assert_eq!(mask("{{}}").expect("braces").sql, "{}");
    }
}
