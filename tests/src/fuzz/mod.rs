//! Fuzz targets: each takes any bytes, and panics where something does not hold. They are run by `tests/tests/fuzz.rs` for a
//! moment, and by `tests/fuzz.sh` for as long as one likes, led by coverage.

mod cursor;
mod decode;
mod lexer;
mod url;

/// A target: it takes any bytes.
pub type Target = fn(&[u8]);

/// The targets by name.
pub const TARGETS: &[(&str, Target)] =
    &[("lexer", lexer::target), ("cursor", cursor::target), ("decode", decode::target), ("url", url::target)];
