//! The file of a `query_file!`: SQL beside the code, found from the folder of the package.

use std::path::PathBuf;

use syn::LitStr;

use crate::diag::Diagnostics;

/// How the text of a function is found: `None` if the literal is the text itself.
pub(crate) type TextSource = fn(&LitStr, &mut Diagnostics) -> Option<Option<SqlFile>>;

/// A file of SQL.
pub(crate) struct SqlFile {
    /// Its text.
    pub(crate) text: String,
    /// Where it is, for `include_str!`: the compiler reads it again when it changes.
    pub(crate) path: String,
}

/// Reads the file that the literal names.
pub(crate) fn read(literal: &LitStr, diag: &mut Diagnostics) -> Option<SqlFile> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from);
    let file = package.join(literal.value());
    match std::fs::read_to_string(&file) {
        Ok(text) => Some(SqlFile { text, path: file.to_string_lossy().into_owned() }),
        Err(error) => {
            let path = literal.value();
            let message = format!("cannot read {path:?}: {error}; the path begins at the folder of `Cargo.toml`");
            diag.error(literal.span(), message);
            None
        }
    }
}
