//! Identifiers that PostgreSQL stores as written, and the one function that quotes names.
//!
//! PostgreSQL truncates longer names with no more than a NOTICE, so two long names can become one. Names from outside go
//! through [`Ident`]: not empty, no NUL, at most 63 **bytes**. Every name in SQL text is quoted by [`write_quoted`].

use std::fmt;

/// The longest identifier PostgreSQL keeps whole, in bytes (`NAMEDATALEN - 1`).
pub(crate) const MAX_IDENT_BYTES: usize = 63;

/// A checked identifier. `Display` writes it in quotes, with embedded quotes doubled.
///
/// ```
/// # use schemata::Ident;
/// assert_eq!(Ident::new("order \"x\"")?.to_string(), r#""order ""x""""#);
/// assert!(Ident::new("é".repeat(32)).is_err()); // 64 bytes
/// # Ok::<(), schemata::IdentError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ident(String);

/// The reason why a text cannot be an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentError {
    /// The empty name.
    #[error("an identifier cannot be empty")]
    Empty,
    /// A name that PostgreSQL would truncate.
    #[error("identifier {name:?} is {bytes} bytes long; PostgreSQL keeps {MAX_IDENT_BYTES} bytes: shorten it")]
    TooLong {
        /// The name as given.
        name: String,
        /// Its length in bytes.
        bytes: usize,
    },
    /// A NUL character, which no PostgreSQL text can hold.
    #[error("identifier {name:?} contains a NUL character")]
    Nul {
        /// The name as given.
        name: String,
    },
}

impl Ident {
    /// Checks `name`, and keeps its case, spaces and quotes.
    ///
    /// # Errors
    /// [`IdentError`] when `name` is empty, over 63 bytes, or holds a NUL.
    pub fn new(name: impl Into<String>) -> Result<Self, IdentError> {
        let name = name.into();
        if name.is_empty() {
            Err(IdentError::Empty)
        } else if name.contains('\0') {
            Err(IdentError::Nul { name })
        } else if name.len() > MAX_IDENT_BYTES {
            Err(IdentError::TooLong { bytes: name.len(), name })
        } else {
            Ok(Self(name))
        }
    }

    /// Returns `public`, the schema that every new database has.
    pub fn public() -> Self {
        Self("public".to_owned())
    }

    /// Returns the name as the catalog stores it, without quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_quoted(f, &self.0)
    }
}

impl fmt::Debug for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_quoted(f, &self.0)
    }
}

/// Returns `name` as a quoted identifier.
pub(crate) fn quoted(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    write_quoted(&mut text, name).expect("writing to a String cannot fail");
    text
}

/// Writes `name` as a quoted identifier.
pub(crate) fn write_quoted(out: &mut impl fmt::Write, name: &str) -> fmt::Result {
    out.write_char('"')?;
    // Every statement contains many names, and hardly any of them contains a quote.
    if name.as_bytes().contains(&b'"') {
        for (i, part) in name.split('"').enumerate() {
            if i > 0 {
                out.write_str("\"\"")?;
            }
            out.write_str(part)?;
        }
    } else {
        out.write_str(name)?;
    }
    out.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_sixty_three_bytes_and_refuses_one_more() {
        assert!(Ident::new("a".repeat(63)).is_ok());
        let error = Ident::new("a".repeat(64)).expect_err("64 bytes");
        assert!(matches!(error, IdentError::TooLong { bytes: 64, .. }));
    }

    #[test]
    fn counts_bytes_not_characters() {
        assert!(Ident::new("é".repeat(32)).is_err());
        assert!(Ident::new("é".repeat(31)).is_ok());
    }

    #[test]
    fn refuses_empty_and_nul() {
        assert_eq!(Ident::new(""), Err(IdentError::Empty));
        assert!(matches!(Ident::new("a\0b"), Err(IdentError::Nul { .. })));
    }
}
