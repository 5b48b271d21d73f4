//! Entry points of the fuzz targets: the lexer, cursors and URLs. Each function checks properties that hold for any
//! input, and panics if one does not. Not public API.

use crate::cursor::{CursorKey, CursorPosition, fingerprint};
use crate::error::Result;
use crate::exec::connect::Address;
use crate::exec::connect::server_name;
use crate::sql::lex::tokens;
use crate::sql::script::{canonical, controls_transaction, reaches_beyond_database, statements};
use crate::sql::session::effect;

/// Lexes `sql`. Tokens and statements are consecutive pieces of the text, and the canonical form of a canonical form is
/// itself.
///
/// # Panics
/// If one of these does not hold.
pub fn sql(sql: &str) {
    let mut end = 0;
    for token in tokens(sql) {
        assert!(token.start >= end && !token.text.is_empty(), "tokens overlap, or are empty");
        end = token.start + token.text.len();
        assert_eq!(sql.get(token.start..end), Some(token.text), "a token is a piece of the text");
    }
    let mut rest = sql;
    for statement in statements(sql) {
        let (_, after) =
            rest.split_once(statement).expect("a statement is a piece of the text after the one before it");
        rest = after;
        let _ = (controls_transaction(statement), reaches_beyond_database(statement), effect(statement));
        let once = canonical(statement);
        assert_eq!(canonical(&once), once, "the canonical form is its own");
    }
}

/// Reads `text` as a cursor of zero to three values, and passes `values` through a cursor.
///
/// # Panics
/// If a cursor comes back changed, or if one is accepted that this library did not write.
pub fn cursor(text: &str, values: Vec<Option<Vec<u8>>>) {
    let (key, query) = (CursorKey::new("fuzz"), fingerprint("fuzz"));
    for count in 0..4 {
        if let Ok(position) = CursorPosition::from_text(text, query, count, &key) {
            assert_eq!(position.to_text(query, &key), text, "one text for each position");
        }
    }
    let position = CursorPosition { values };
    let sealed = position.to_text(query, &key);
    assert_eq!(CursorPosition::from_text(&sealed, query, position.values.len(), &key).as_ref(), Ok(&position));
}

/// Parses a database URL, and returns its servers as messages show them.
///
/// # Errors
/// As for connecting.
pub fn url(text: &str) -> Result<String> {
    Address::parse(text).map(|address| server_name(&address.config))
}
