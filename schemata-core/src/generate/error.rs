//! The error of drafting and writing migrations, squashes and models.

use std::io;
use std::path::PathBuf;

use crate::migrate::MigrateError;

/// Why no migration, squash or model could be written. Nothing was written, unless the file system failed half-way.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The name cannot be that of a file and a function.
    #[error("a migration cannot be called {name:?}: {why}; write a name like add_order_status")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with the name.
        why: &'static str,
    },
    /// The folder for migrations, or its parent, does not exist.
    #[error("there is no folder {}: run this with `cargo run` in the package, or name a folder with `--dir`", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The schema to inspect does not exist.
    #[error("there is no schema {name:?} in this database")]
    NoSchema {
        /// Its name.
        name: String,
    },
    /// The file already exists.
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
    /// The file system failed.
    #[error("cannot {action} {}", path.display())]
    File {
        /// The attempted action.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// The migrations of several modules are linked, but a squash replaces those of one.
    #[error("the migrations of {} are linked: say with `--through MODULE:ID` which of them, and how far", modules.join(", "))]
    WhichModule {
        /// The modules.
        modules: Vec<&'static str>,
    },
    /// A squash has to end at a migration that a new database runs.
    #[error("{id} cannot be the last one of a squash: a new database does not run it, since {by} replaces it")]
    ReplacedAlready {
        /// The migration.
        id: String,
        /// The squash that replaces it.
        by: String,
    },
    /// A squash has to replace two migrations or more.
    #[error("there is nothing to squash: a new database runs {found} migration(s) there")]
    NothingToSquash {
        /// The number of migrations there.
        found: usize,
    },
    /// Another migration has the id of the squash.
    #[error("there is a migration {id} already: choose another name")]
    Taken {
        /// The id.
        id: String,
    },
    /// A former name does not exist, or it cannot be determined whether the rename was already made.
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
    #[error("PostgreSQL refuses the renames that the models ask for (`renamed_from`)")]
    Renames {
        /// PostgreSQL's error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The migrations cannot be replayed.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
}
