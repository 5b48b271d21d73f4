//! The versions that the ledger of another tool lists, and the migrations that they are.

use crate::catalog::MigrationTool;
use crate::migrate::migration::entry::{is_after, is_same_number};

/// The ledger of another tool.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtherLedger {
    /// The tool.
    pub tool: MigrationTool,
    /// The table, in the migrated schema.
    pub table: String,
    /// The entries, in the order of the versions.
    pub versions: Vec<OtherVersion>,
}

/// A version in the ledger of another tool.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtherVersion {
    /// The version, as the tool has it.
    pub version: String,
    /// Its description, if the tool records one.
    pub title: Option<String>,
    /// When it was applied, by the server's clock, if the tool records it.
    pub at: Option<String>,
    /// The tool's checksum of the file, if it records one.
    pub checksum: Option<String>,
    /// Whether it is finished: some tools record a failure.
    pub finished: bool,
    /// Whether the versions before it are applied too, without being listed: golang-migrate records the latest alone.
    pub with_earlier: bool,
}

impl OtherLedger {
    /// Returns whether its versions are numbers that files begin with. Django and Alembic number otherwise.
    pub(crate) fn has_numbers(&self) -> bool {
        !matches!(self.tool, MigrationTool::Django | MigrationTool::Alembic)
    }

    /// Returns the version that lists the migration `id`.
    pub(crate) fn version_of(&self, id: &str) -> Option<&OtherVersion> {
        if !self.has_numbers() {
            return None;
        }
        self.versions.iter().find(|listed| is_same_number(&listed.version, id) || listed.covers(id))
    }
}

impl OtherVersion {
    fn covers(&self, id: &str) -> bool {
        self.with_earlier && !is_after(id, &self.version)
    }
}
