//! Where each hole of a statement stands: in a list of columns that PostgreSQL wants without their table, after `FROM`, in a
//! select list. Reads keywords and parentheses; what it does not know it leaves to PostgreSQL.

use crate::query::holes::number;
use crate::sql::lex::{Token, TokenKind};

/// The part of a statement that a token belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clause {
    /// After `SELECT` or `RETURNING`.
    List,
    /// Where tables are named.
    Tables,
    /// After `INSERT INTO`.
    Into,
    /// Columns without their table: those that an insert sets, `ON CONFLICT (…)`, `JOIN … USING (…)`.
    Bare,
    /// After `SET`.
    Set,
    /// After `FOR`, before `OF`.
    Locking,
    /// After `FOR UPDATE OF`: tables by their alias.
    Of,
    /// Anything else.
    Other,
}

/// The place of a hole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) clause: Clause,
    /// Whether a column stands here without its table.
    pub(crate) bare: bool,
    /// The alias that the text gives the table: `{Order} o`, `{Order} AS o`.
    pub(crate) alias: Option<String>,
}

/// The places of the holes, and the columns `"name!"` of the outermost list.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// By the number of the hole; `None` for one inside of a quoted text, a comment or a longer word.
    pub(crate) holes: Vec<Option<Place>>,
    /// The positions of tokens like `"total!"` among all tokens.
    pub(crate) asserted: Vec<usize>,
}

/// Words that follow a table, and so are not its alias.
const AFTER_A_TABLE: &[&str] = &[
    "where",
    "join",
    "left",
    "right",
    "full",
    "inner",
    "cross",
    "natural",
    "on",
    "using",
    "group",
    "order",
    "having",
    "limit",
    "offset",
    "fetch",
    "for",
    "union",
    "intersect",
    "except",
    "set",
    "values",
    "default",
    "select",
    "returning",
    "tablesample",
    "window",
    "when",
    "with",
    "overriding",
    "as",
    "from",
    "and",
    "or",
    "not",
];

/// Finds the places of `count` holes.
pub(crate) fn places(tokens: &[Token<'_>], count: usize) -> Places {
    let mut places = Places { holes: vec![None; count], asserted: Vec::new() };
    let mut frames = vec![Clause::Other];
    for (at, token) in tokens.iter().enumerate() {
        let clause = *frames.last().unwrap_or(&Clause::Other);
        match token.text {
            "(" => frames.push(inside(tokens, at, clause)),
            ")" if frames.len() > 1 => drop(frames.pop()),
            text if token.kind == TokenKind::Word => {
                if let Some(hole) = number(text).and_then(|hole| places.holes.get_mut(hole)) {
                    *hole = Some(place(tokens, at, clause));
                } else if let Some(last) = frames.last_mut() {
                    *last = next(tokens, at, clause);
                }
            }
            text if clause == Clause::List && frames.len() == 1 && text.starts_with('"') && text.ends_with("!\"") => {
                places.asserted.push(at);
            }
            _ => {}
        }
    }
    places
}

/// Returns whether the token before `at` is one of these.
fn follows(tokens: &[Token<'_>], at: usize, words: &[&str]) -> bool {
    at > 0 && words.iter().any(|word| tokens[at - 1].text.eq_ignore_ascii_case(word))
}

/// Returns the clause at the beginning of a parenthesis.
fn inside(tokens: &[Token<'_>], at: usize, clause: Clause) -> Clause {
    let bare = match clause {
        Clause::Bare | Clause::Into => true,
        Clause::Set => follows(tokens, at, &["set", ","]),
        _ => follows(tokens, at, &["using", "conflict"]),
    };
    if bare { Clause::Bare } else { Clause::Other }
}

/// Returns the clause after the word at `at`.
fn next(tokens: &[Token<'_>], at: usize, clause: Clause) -> Clause {
    let after = |words: &[&str]| follows(tokens, at, words);
    match tokens[at].text.to_ascii_lowercase().as_str() {
        // `a IS DISTINCT FROM b`, `SELECT DISTINCT ON (…)`, `WITHIN GROUP (…)`.
        "from" | "on" if after(&["distinct"]) => clause,
        "group" if after(&["within"]) => clause,
        "select" | "returning" => Clause::List,
        "into" if after(&["insert"]) => Clause::Into,
        "update" if after(&["for", "key"]) => clause,
        "update" if after(&["do", "on", "then"]) => Clause::Other,
        "from" | "join" | "using" | "into" | "update" => Clause::Tables,
        "for" => Clause::Locking,
        "of" if clause == Clause::Locking => Clause::Of,
        "set" => Clause::Set,
        "where" | "group" | "having" | "order" | "limit" | "offset" | "values" | "on" | "union" | "intersect"
        | "except" | "window" | "fetch" => Clause::Other,
        _ => clause,
    }
}

fn place(tokens: &[Token<'_>], at: usize, clause: Clause) -> Place {
    let following = |ahead: usize| tokens.get(at + ahead);
    let is_target = clause == Clause::Set
        && follows(tokens, at, &["set", ","])
        && following(1).is_some_and(|token| token.text == "=");
    let name = |token: Option<&Token<'_>>| {
        let named = token.filter(|token| token.name().is_some() && number(token.text).is_none());
        named.map(|token| token.text.to_owned())
    };
    let alias = match following(1) {
        Some(token) if token.is("as") => name(following(2)),
        Some(token) if AFTER_A_TABLE.iter().any(|word| token.is(word)) => None,
        token => name(token),
    };
    Place {
        clause,
        bare: is_target || clause == Clause::Bare || follows(tokens, at, &["."]),
        alias: alias.filter(|_| matches!(clause, Clause::Tables | Clause::Into)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::holes::mask;
    use crate::sql::lex::tokens;

    fn placed(text: &str) -> Vec<(Clause, bool)> {
        let masked = mask(text).expect("well formed");
        let places = places(&tokens(&masked.sql), masked.holes.len());
        places.holes.into_iter().map(|place| place.expect("outside of quotes")).map(|p| (p.clause, p.bare)).collect()
    }

    #[test]
    fn columns_that_a_write_sets_are_bare() {
        assert_eq!(
            placed("INSERT INTO {O} ({a}) VALUES ({v}) ON CONFLICT ({a}) DO UPDATE SET {a} = excluded.{a} + {b}"),
            [
                (Clause::Into, false),
                (Clause::Bare, true),
                (Clause::Other, false),
                (Clause::Bare, true),
                (Clause::Set, true),
                (Clause::Set, true),
                (Clause::Set, false),
            ]
        );
        assert_eq!(placed("UPDATE {O} SET ({a}) = ({b})")[1..], [(Clause::Bare, true), (Clause::Other, false)]);
    }

    #[test]
    fn reads_keep_the_table_of_a_column() {
        assert_eq!(
            placed("SELECT {a} FROM {O} o JOIN {P} USING ({a}) WHERE {a} IS DISTINCT FROM {b} FOR UPDATE OF {O}"),
            [
                (Clause::List, false),
                (Clause::Tables, false),
                (Clause::Tables, false),
                (Clause::Bare, true),
                (Clause::Other, false),
                (Clause::Other, false),
                (Clause::Of, false),
            ]
        );
    }

    #[test]
    fn an_alias_of_the_text_is_seen() {
        let alias = |text: &str| {
            let masked = mask(text).expect("well formed");
            let places = places(&tokens(&masked.sql), masked.holes.len());
            places.holes[0].clone().and_then(|place| place.alias)
        };
        assert_eq!(alias("SELECT 1 FROM {O} o WHERE true").as_deref(), Some("o"));
        assert_eq!(alias("SELECT 1 FROM {O} AS \"o p\"").as_deref(), Some("\"o p\""));
        assert_eq!(alias("SELECT 1 FROM {O} WHERE true"), None);
    }
}
