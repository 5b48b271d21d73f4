//! `MigrationSet`: the migrations of a program.

use crate::migrate::error::MigrateError;
use crate::migrate::migration::entry::{MigrationEntry, Registered};
use crate::migrate::squash::lists;

/// The migrations of a program, in the order of their ids. A module that needs another module's tables runs after it: the
/// [`Migrator`](crate::migrate::Migrator) orders them when they are recorded.
#[derive(Debug, Clone, Default)]
pub struct MigrationSet {
    entries: Vec<MigrationEntry>,
}

impl MigrationSet {
    /// Returns every migration that is linked into this program.
    ///
    /// A crate that is a dependency but is named nowhere in the program's code contributes none: the linker leaves it
    /// out. [`register!(that_crate)`](crate::register) names it.
    ///
    /// # Errors
    /// As [`MigrationSet::new`]; [`MigrateError::NothingFrom`] if a registered crate has none.
    pub fn linked() -> Result<Self, MigrateError> {
        let set = Self::new(inventory::iter::<MigrationEntry>().copied())?;
        for Registered { crate_name, file, line } in inventory::iter::<Registered>() {
            if !set.entries.iter().any(|entry| entry.crate_name() == *crate_name) {
                return Err(MigrateError::NothingFrom { crate_name, file, line: *line });
            }
        }
        Ok(set)
    }

    /// Sorts `entries`.
    ///
    /// # Errors
    /// [`MigrateError::Duplicate`] if two have the same module and id; [`MigrateError::Squash`] if the lists of two squashes
    /// contradict each other.
    pub fn new(entries: impl IntoIterator<Item = MigrationEntry>) -> Result<Self, MigrateError> {
        let mut entries: Vec<MigrationEntry> = entries.into_iter().collect();
        entries.sort_by(MigrationEntry::order);
        for pair in entries.windows(2) {
            if pair[0].module == pair[1].module && pair[0].id == pair[1].id {
                return Err(MigrateError::Duplicate { first: Box::new(pair[0]), second: Box::new(pair[1]) });
            }
        }
        lists::check(&entries)?;
        Ok(Self { entries })
    }

    /// Returns the migrations, in the order of their ids.
    pub fn entries(&self) -> &[MigrationEntry] {
        &self.entries
    }
}
