//! Names of tables as names of structs: `order_items` becomes `OrderItem`. English plurals are known as far as tables
//! need them; an unknown plural stays.

/// Words whose singular follows no rule, or is the word itself.
const IRREGULAR: &[(&str, &str)] = &[
    ("people", "person"),
    ("men", "man"),
    ("women", "woman"),
    ("children", "child"),
    ("mice", "mouse"),
    ("feet", "foot"),
    ("teeth", "tooth"),
    ("geese", "goose"),
    ("criteria", "criterion"),
    ("phenomena", "phenomenon"),
    ("indices", "index"),
    ("vertices", "vertex"),
    ("matrices", "matrix"),
    ("appendices", "appendix"),
    ("analyses", "analysis"),
    ("crises", "crisis"),
    ("diagnoses", "diagnosis"),
    ("hypotheses", "hypothesis"),
    ("theses", "thesis"),
    ("axes", "axis"),
    ("movies", "movie"),
    ("cookies", "cookie"),
    ("calories", "calorie"),
    ("ties", "tie"),
    ("caches", "cache"),
    ("niches", "niche"),
    ("quizzes", "quiz"),
    ("buses", "bus"),
    ("statuses", "status"),
    ("bonuses", "bonus"),
    ("viruses", "virus"),
    ("campuses", "campus"),
    ("censuses", "census"),
    ("choruses", "chorus"),
    ("aliases", "alias"),
    ("canvases", "canvas"),
    ("atlases", "atlas"),
    ("biases", "bias"),
    ("gases", "gas"),
    ("lenses", "lens"),
    ("leaves", "leaf"),
    ("shelves", "shelf"),
    ("knives", "knife"),
    ("wives", "wife"),
    ("lives", "life"),
    ("halves", "half"),
    ("wolves", "wolf"),
    ("thieves", "thief"),
    ("loaves", "loaf"),
    ("heroes", "hero"),
    ("potatoes", "potato"),
    ("tomatoes", "tomato"),
    ("echoes", "echo"),
    ("vetoes", "veto"),
    ("news", "news"),
    ("series", "series"),
    ("species", "species"),
    ("sms", "sms"),
    ("gps", "gps"),
    ("dns", "dns"),
    ("aws", "aws"),
    ("os", "os"),
    ("alias", "alias"),
    ("canvas", "canvas"),
    ("atlas", "atlas"),
    ("bias", "bias"),
    ("gas", "gas"),
    ("lens", "lens"),
    ("settings", "setting"),
];

/// Returns the singular of a word.
fn singular(word: &str) -> String {
    if let Some((_, one)) = IRREGULAR.iter().find(|(many, _)| *many == word) {
        return (*one).to_owned();
    }
    let stem = |cut: usize| &word[..word.len() - cut];
    if ["ss", "us", "is"].iter().any(|end| word.ends_with(end)) || word.len() < 3 {
        word.to_owned()
    } else if word.ends_with("ies") && word.len() > 4 {
        format!("{}y", stem(3))
    } else if ["sses", "shes", "ches", "xes", "zzes"].iter().any(|end| word.ends_with(end)) {
        stem(2).to_owned()
    } else if word.ends_with('s') {
        stem(1).to_owned()
    } else {
        word.to_owned()
    }
}

/// Returns the words of a name, in lower case: it is split where the case changes, and at everything but letters and digits.
/// Letters beyond Latin-1 are left out, since Rust has rules of its own for them.
pub(crate) fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let (mut all, mut word) = (Vec::new(), String::new());
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after_lower = before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit());
        let ends_acronym =
            before.is_some_and(char::is_uppercase) && letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        if !is_letter(*letter) || letter.is_uppercase() && (after_lower || ends_acronym) {
            all.push(std::mem::take(&mut word));
        }
        if is_letter(*letter) {
            word.extend(letter.to_lowercase());
        }
    }
    all.push(word);
    all.retain(|word| !word.is_empty());
    all
}

/// Returns whether a character is kept in Rust names.
pub(crate) fn is_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, 'à'..='ö' | 'ø'..='ÿ' | 'À'..='Ö' | 'Ø'..='Þ' | 'ß')
}

/// Returns `OrderItems` for `order_items`, or, with `one`, `OrderItem`; `None` if no character is left.
pub(crate) fn camel_case(name: &str, one: bool) -> Option<String> {
    let mut words = words(name);
    let last = words.last_mut()?;
    if one {
        *last = singular(last);
    }
    let capital = |word: &String| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>());
        first.unwrap_or_default() + letters.as_str()
    };
    let text: String = words.iter().map(capital).collect();
    Some(if text.starts_with(|first: char| first.is_ascii_digit()) { format!("N{text}") } else { text })
}

/// Returns `order_item` for `OrderItem`, as the derives do.
pub(crate) fn snake_case(name: &str) -> String {
    words(name).join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_plural_and_structs_singular() {
        for (table, one) in [
            ("orders", "Order"),
            ("order_items", "OrderItem"),
            ("OrderItems", "OrderItem"),
            ("ORDER_ITEMS", "OrderItem"),
            ("categories", "Category"),
            ("addresses", "Address"),
            ("address", "Address"),
            ("statuses", "Status"),
            ("status", "Status"),
            ("people", "Person"),
            ("news", "News"),
            ("boxes", "Box"),
            ("branches", "Branch"),
            ("houses", "House"),
            ("warehouses", "Warehouse"),
            ("licenses", "License"),
            ("databases", "Database"),
            ("days", "Day"),
            ("staff", "Staff"),
            ("analyses", "Analysis"),
            ("user_data", "UserData"),
            ("2fa_codes", "N2faCode"),
            ("my-table", "MyTable"),
            ("straßen", "Straßen"),
        ] {
            assert_eq!(camel_case(table, true).as_deref(), Some(one));
        }
        assert_eq!(camel_case("\"; drop", true).as_deref(), Some("Drop"));
        assert_eq!(camel_case("\u{202e}表", true), None);
    }

    #[test]
    fn names_of_labels_and_back() {
        assert_eq!(camel_case("wide awake", false).as_deref(), Some("WideAwake"));
        assert_eq!(snake_case("WideAwake"), "wide_awake");
        assert_eq!(snake_case("HTTPRequest"), "http_request");
    }
}
