//! Why no migration, squash or model could be written.

use std::io;
use std::path::PathBuf;

use crate::migrate::MigrateError;

/// Why no migration, squash or model could be written. Nothing was then, unless it is a file system that refused half-way.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// A name that cannot be a file's and a function's.
    #[error("a migration cannot be called {name:?}: {why}; write a name like add_order_status")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The folder for migrations, or the one above it, is not there.
    #[error("there is no folder {}: run this with `cargo run` in the package, or name a folder with `--dir`", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The schema to inspect is not there.
    #[error("there is no schema {name:?} in this database")]
    NoSchema {
        /// Its name.
        name: String,
    },
    /// The file is there already.
    #[error("{} exists already: choose another name or folder", file.display())]
    Exists {
        /// The file.
        file: PathBuf,
    },
    /// A migration's file is not part of this program.
    #[error(
        "{} is not part of this program, so what it does would be generated again: is its folder named in the program \
         (`mod migrations;`), is the file declared in mod.rs, and was the program built anew?", file.display()
    )]
    NotLinked {
        /// The file.
        file: PathBuf,
    },
    /// The file system refused.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The migrations of several modules are linked: a squash stands for those of one.
    #[error("the migrations of {} are linked: say with `--through MODULE:ID` which of them, and how far", modules.join(", "))]
    WhichModule {
        /// The modules.
        modules: Vec<&'static str>,
    },
    /// A squash can only end at a migration that runs on a new database.
    #[error("{id} cannot be the last one of a squash: a new database does not run it, since {by} replaces it")]
    ReplacedAlready {
        /// The migration.
        id: String,
        /// What replaces it.
        by: String,
    },
    /// One migration, or none, makes no squash.
    #[error("there is nothing to squash: a new database runs {found} migration(s) there")]
    NothingToSquash {
        /// How many there are.
        found: usize,
    },
    /// The squash would be called like another migration.
    #[error("there is a migration {id} already: choose another name")]
    Taken {
        /// The id.
        id: String,
    },
    /// A former name that does not exist, or for which it cannot be decided whether the rename was made.
    #[error("{what} says `renamed_from = {old:?}`: {why}")]
    FormerName {
        /// The table or column, by its present name.
        what: String,
        /// Its former name.
        old: String,
        /// What is wrong with the name, and what to write.
        why: String,
    },
    /// PostgreSQL refuses a rename.
    #[error("what the models say of former names (`renamed_from`) does not work out")]
    Renames {
        /// What it said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The migrations cannot be replayed.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
}
