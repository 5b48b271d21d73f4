//! Checks the form of a `sql_type`. The compiler checks that it fits the Rust type.

/// Returns what is wrong with `text` as a type.
pub(crate) fn check(text: &str) -> Result<(), String> {
    let base = text.split('(').next().unwrap_or_default().trim().to_ascii_lowercase();
    let integer = match base.as_str() {
        "serial" | "serial4" => Some("integer"),
        "bigserial" | "serial8" => Some("bigint"),
        "smallserial" | "serial2" => Some("smallint"),
        _ => None,
    };
    if let Some(integer) = integer {
        return Err(format!(
            "`{base}` is no type but {integer} with a default: write `identity` instead of the `sql_type`, or `serial` where \
             the table was made so"
        ));
    }
    if is_well_formed(text) {
        return Ok(());
    }
    Err(format!(
        "`{text}` is not a PostgreSQL type: write a name like `text`, `varchar(20)`, `numeric(12,2)` or `text[]`"
    ))
}

/// Accepts words, then optionally `(n)` or `(n,m)`, then optionally `[]`. `timestamp(3) with time zone` has its modifier
/// inside.
fn is_well_formed(text: &str) -> bool {
    let text = text.strip_suffix("[]").unwrap_or(text);
    let (before, after) = match text.split_once('(') {
        None => (text, ""),
        Some((words, rest)) => match rest.split_once(')') {
            Some((numbers, after)) if are_numbers(numbers) => (words.trim_end(), after),
            _ => return false,
        },
    };
    are_words(before) && (after.is_empty() || after.strip_prefix(' ').is_some_and(are_words))
}

fn are_numbers(text: &str) -> bool {
    let parts: Vec<&str> = text.split(',').collect();
    let number = |part: &str| !part.trim().is_empty() && part.trim().bytes().all(|byte| byte.is_ascii_digit());
    parts.len() <= 2 && parts.into_iter().all(number)
}

fn are_words(text: &str) -> bool {
    let word = |word: &str| {
        word.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && word.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
    };
    !text.is_empty() && text.split([' ', '.']).all(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_modifiers_and_brackets() {
        for text in
            ["text", "varchar(20)", "numeric(12, 2)[]", "double precision", "timestamp(3) with time zone", "a.b"]
        {
            assert!(check(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn refuses_anything_else() {
        for text in ["", "varchar(", "varchar()", "numeric(1,2,3)", "text; drop", "varchar(20) x(", "text[][]", "1a"] {
            assert!(check(text).is_err(), "{text}");
        }
        assert!(check("BIGSERIAL").is_err_and(|message| message.contains("identity")));
    }
}
