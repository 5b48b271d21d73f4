//! [`SourcesError`]: the reasons why the sources cannot be searched. Programs get it as the text of a `TestError`.

use std::io;
use std::path::PathBuf;

use crate::testing::error::TestError;

/// Why the sources of a package cannot be searched.
#[derive(Debug, thiserror::Error)]
pub(super) enum SourcesError {
    #[error("cannot start cargo, which knows what the package consists of: run the test with `cargo test`")]
    Cargo { source: io::Error },
    /// Cargo does not know the package, for the reason in its message.
    #[error("cargo cannot describe the package in {}: {message}", folder.display())]
    Package { folder: PathBuf, message: String },
    #[error("cannot read {}", path.display())]
    File { path: PathBuf, source: io::Error },
    /// A file that seems to hold a migration is not valid Rust.
    #[error("{} is not valid Rust, and seems to hold a migration: correct it, or move it out of the sources", path.display())]
    Syntax { path: PathBuf },
}

impl From<SourcesError> for TestError {
    fn from(error: SourcesError) -> Self {
        Self::Sources(Box::new(error))
    }
}
