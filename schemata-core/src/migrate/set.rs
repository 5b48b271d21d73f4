//! The migrations a program knows.

use crate::migrate::migration::entry::MigrationEntry;
use crate::migrate::error::MigrateError;
use crate::migrate::migration::registered::Registered;
use crate::migrate::squash::lists;

/// The migrations of a program, in the order of their ids. A module that needs another module's tables runs after it, which
/// shows only once they are recorded: the [`Migrator`](crate::migrate::Migrator) sees to it.
#[derive(Debug, Clone, Default)]
pub struct MigrationSet {
    entries: Vec<MigrationEntry>,
}

impl MigrationSet {
    /// Every migration that is linked into this program.
    ///
    /// A crate that is a dependency but is named nowhere in the program's code contributes none: the linker leaves it
    /// out. [`register!(that_crate)`](crate::register) names it.
    ///
    /// # Errors
    /// As [`MigrationSet::new`]; [`MigrateError::NothingFrom`] when a registered crate has none.
    pub fn linked() -> Result<Self, MigrateError> {
        let set = Self::new(inventory::iter::<MigrationEntry>().copied())?;
        for Registered { crate_name, file, line } in inventory::iter::<Registered>() {
            if !set.entries.iter().any(|entry| entry.crate_name() == *crate_name) {
                return Err(MigrateError::NothingFrom { crate_name, file, line: *line });
            }
        }
        Ok(set)
    }

    /// These migrations, sorted.
    ///
    /// # Errors
    /// [`MigrateError::Duplicate`] when two have the same module and id; [`MigrateError::Squash`] where two squashes
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

    /// The migrations, in the order of their ids.
    pub fn entries(&self) -> &[MigrationEntry] {
        &self.entries
    }
}
