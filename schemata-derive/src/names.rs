//! Turns Rust names into PostgreSQL names, refuses names that PostgreSQL would truncate, and suggests the name that was
//! probably meant.

/// The longest identifier PostgreSQL keeps whole, in bytes (`NAMEDATALEN - 1`).
const MAX_BYTES: usize = 63;

/// Turns `OrderItem` into `order_item`, `HTTPRequest` into `http_request`.
pub(crate) fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (i, letter) in letters.iter().enumerate() {
        let after_lower = i > 0 && (letters[i - 1].is_lowercase() || letters[i - 1].is_ascii_digit());
        let ends_acronym =
            i > 0 && letters[i - 1].is_uppercase() && letters.get(i + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (after_lower || ends_acronym) {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

/// Turns `order_item` into `order_items`, `category` into `categories`, `address` into `addresses`.
pub(crate) fn plural(name: &str) -> String {
    if let Some(stem) = name.strip_suffix('y')
        && !stem.ends_with(['a', 'e', 'i', 'o', 'u'])
    {
        return format!("{stem}ies");
    }
    let sibilant = ["s", "x", "z", "ch", "sh"].iter().any(|end| name.ends_with(end));
    format!("{name}{}", if sibilant { "es" } else { "s" })
}

/// Returns why PostgreSQL cannot store `name`, and what to write.
pub(crate) fn refusal(what: &str, name: &str) -> Option<String> {
    if name.is_empty() {
        Some(format!("the name of {what} is empty: write a name"))
    } else if name.contains('\0') {
        Some(format!("the name of {what} contains a NUL character: remove it"))
    } else if name.len() > MAX_BYTES {
        let bytes = name.len();
        Some(format!("the name of {what} is {bytes} bytes long; PostgreSQL keeps {MAX_BYTES}: shorten it"))
    } else {
        None
    }
}

/// Returns the candidate that `name` is probably a misspelling of.
pub(crate) fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + name.len().min(candidate.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Returns "did you mean `email`?" if a candidate is near, else the list of all.
pub(crate) fn hint(name: &str, candidates: &[String]) -> String {
    match nearest(name, candidates.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", list(candidates)),
    }
}

/// Returns "`a`, `b`, `c`".
pub(crate) fn list<T: std::fmt::Display>(names: &[T]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snake_case_splits_words_and_acronyms() {
        for (rust, sql) in [("OrderItem", "order_item"), ("HTTPRequest", "http_request"), ("V2Plan", "v2_plan")] {
            assert_eq!(snake_case(rust), sql);
        }
    }

    #[test]
    fn plurals_follow_simple_english() {
        let cases =
            [("order", "orders"), ("category", "categories"), ("day", "days"), ("box", "boxes"), ("batch", "batches")];
        for (one, many) in cases {
            assert_eq!(plural(one), many);
        }
    }

    #[test]
    fn counts_bytes_not_characters() {
        assert!(refusal("x", &"é".repeat(32)).is_some());
        assert!(refusal("x", &"é".repeat(31)).is_none());
    }

    #[test]
    fn suggests_only_what_is_near() {
        assert_eq!(nearest("emial", ["email", "name"]), Some("email"));
        assert_eq!(nearest("shoe", ["email", "name"]), None);
    }
}
