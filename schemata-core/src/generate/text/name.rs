//! The id of a migration: the name that its author gives, and the number that sorts it after the others.

use crate::generate::error::GenerateError;

/// Rust's keywords, which cannot name a function.
const KEYWORDS: &str = " abstract as async await become box break const continue crate do dyn else enum extern false final fn \
     for gen if impl in let loop macro match mod move mut override priv pub ref return self static struct super trait true try \
     type typeof union unsafe unsized use virtual where while yield ";

/// Returns whether the name is a keyword of Rust.
pub(crate) fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&format!(" {name} "))
}

/// The longest name in bytes, which is PostgreSQL's limit for identifiers.
const LONGEST: usize = 63;

/// Refuses a `name` that cannot name a migration's file and function.
pub(crate) fn check(name: &str) -> Result<(), GenerateError> {
    let refuse = |why: &'static str| Err(GenerateError::Name { name: name.to_owned(), why });
    if name.is_empty() {
        refuse("it is empty")
    } else if name.len() > LONGEST {
        refuse("it is longer than 63 bytes")
    } else if !name.starts_with(|letter: char| letter.is_ascii_lowercase()) {
        refuse("it does not begin with a lower-case letter")
    } else if !name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_') {
        refuse("it contains other characters than lower-case letters, digits and `_`")
    } else if is_keyword(name) {
        refuse("it is a keyword of Rust")
    } else {
        Ok(())
    }
}

/// Returns the digits that an id begins with.
pub(crate) fn digits(id: &str) -> &str {
    &id[..id.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(id.len())]
}

/// Returns the id of the migration after `taken`: the next number, with as many digits as the others, and the name.
pub(crate) fn next_id<'i>(taken: impl Iterator<Item = &'i str>, name: &str) -> String {
    let (mut highest, mut width) = (0_u64, None);
    for id in taken {
        let digits = digits(id);
        // Dates with times fit into u64. Greater numbers are ignored.
        let Ok(number) = digits.parse::<u64>() else { continue };
        if width.is_none() || number >= highest {
            (highest, width) = (number, Some(digits.len()));
        }
    }
    format!("{:0width$}_{name}", highest.saturating_add(1), width = width.unwrap_or(4))
}

/// Returns the name as a sentence, for the head of the file.
pub(crate) fn sentence(name: &str) -> String {
    let text = name.split('_').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    format!("{}{}.", first.into_iter().collect::<String>(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_snake_case_and_no_keywords() {
        for name in ["add_order_status", "v2", "a"] {
            assert!(check(name).is_ok(), "{name}");
        }
        let long = "a".repeat(64);
        for name in ["", "Add", "2_fast", "_x", "a-b", "a b", "../x", "match", "é", "a\n", "a.rs", &long] {
            assert!(check(name).is_err(), "{name}");
        }
    }

    #[test]
    fn the_next_number_is_as_wide_as_its_siblings() {
        let next = |taken: &[&str]| next_id(taken.iter().copied(), "x");
        assert_eq!(next(&[]), "0001_x");
        assert_eq!(next(&["0001_a", "0009_b"]), "0010_x");
        assert_eq!(next(&["1_a", "2_b"]), "3_x");
        assert_eq!(next(&["099_a"]), "100_x");
        assert_eq!(next(&["999_a"]), "1000_x");
        assert_eq!(next(&["20260102030405_a"]), "20260102030406_x");
        assert_eq!(next(&["cleanup"]), "0001_x");
    }

    #[test]
    fn a_name_reads_as_a_sentence() {
        assert_eq!(sentence("add_order_status"), "Add order status.");
    }
}
