//! Fuzz targets: each takes any bytes, and panics if a property does not hold. `tests/tests/fuzz.rs` runs them for a short
//! time, and `tests/fuzz.sh` for any time, guided by coverage.

mod cursor;
mod decode;
mod lexer;
mod url;

/// A target: it takes any bytes.
pub type Target = fn(&[u8]);

/// The targets by name.
pub const TARGETS: &[(&str, Target)] =
    &[("lexer", lexer::target), ("cursor", cursor::target), ("decode", decode::target), ("url", url::target)];
