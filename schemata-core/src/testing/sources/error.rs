//! [`LinkError`]: a migration is not part of the program, or the sources cannot be searched.

use std::path::PathBuf;
use std::{fmt, io};

use crate::migrate::MigrateError;

/// The reasons why [`linked`](crate::testing::linked) failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// Migrations in the sources are not part of the program.
    #[error("migrations are written, but not part of this program:\n{0}")]
    Unlinked(Unlinked),
    /// Two migrations have the same id, or a registered crate has no migration.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// Cargo cannot be started.
    #[error("cannot start cargo, which knows what the package consists of: run the test with `cargo test`")]
    Cargo {
        /// The cause.
        source: io::Error,
    },
    /// Cargo does not know the package.
    #[error("cargo cannot describe the package in {}: {message}", folder.display())]
    Package {
        /// The folder where it should be.
        folder: PathBuf,
        /// The message of cargo.
        message: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file that seems to hold a migration is not valid Rust.
    #[error("{} is not valid Rust, and seems to hold a migration: correct it, or move it out of the sources", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
    },
}

/// The migrations that are in the sources and not in the program. It displays one line per migration.
#[derive(Debug, Clone)]
pub struct Unlinked(pub Vec<UnlinkedMigration>);

/// A migration that is in the sources and not in the program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnlinkedMigration {
    /// Its id.
    pub id: String,
    /// Its file, relative to the package of the test.
    pub file: String,
    /// Its line in the file.
    pub line: u32,
    /// What to write.
    pub remedy: String,
}

impl fmt::Display for Unlinked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for UnlinkedMigration { id, file, line, remedy } in &self.0 {
            writeln!(f, "- {id} ({file}, line {line}): {remedy}")?;
        }
        Ok(())
    }
}
