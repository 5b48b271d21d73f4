//! Determines which migrations a squash replaces, and its id.

use std::collections::BTreeSet;

use crate::generate::error::GenerateError;
use crate::generate::text::literal::literal;
use crate::generate::text::name::digits;
use crate::migrate::record::Recorded;
use crate::migrate::squash::coverage::SquashCoverage;
use crate::migrate::{MigrationEntry, plan};

/// The line length of the attribute, which rustfmt does not format.
const LINE_LENGTH: usize = 100;

/// The migrations that a squash replaces.
pub(crate) struct SquashRange<'r> {
    /// The id of the squash.
    pub(crate) id: String,
    /// The module, unless the squash is in it by default.
    module: Option<&'static str>,
    /// The migrations that a new database runs before the squash.
    pub(crate) before: Vec<&'r Recorded>,
    /// The migrations that the squash spares a new database.
    pub(crate) replaced: Vec<&'r Recorded>,
    /// The ids of the replaced migrations, and of those that they replaced themselves.
    pub(crate) replaces: Vec<String>,
    /// The source files of the replaced migrations.
    pub(crate) files: Vec<String>,
}

impl<'r> SquashRange<'r> {
    /// Finds all migrations of a module up to `through`, by default up to its last one.
    pub(crate) fn find(known: &'r [Recorded], name: &str, through: Option<&str>) -> Result<Self, GenerateError> {
        let coverage = SquashCoverage::of(known, &[], None);
        let runs = |one: &&Recorded| coverage.is_pending(&one.entry);
        let last = match through {
            None => last(known, &coverage)?,
            Some(through) => plan::target(known, through)?,
        };
        let end = known[last].entry;
        if let Some(by) = coverage.instead_of(&end) {
            return Err(GenerateError::ReplacedAlready { id: end.id.to_owned(), by: by.to_owned() });
        }
        let is_own = |one: &&Recorded| one.entry.module == end.module;
        let replaced: Vec<&Recorded> = known[..=last].iter().filter(is_own).filter(runs).collect();
        if replaced.len() < 2 {
            return Err(GenerateError::NothingToSquash { found: replaced.len() });
        }
        let digits = digits(end.id);
        let id = if digits.is_empty() { name.to_owned() } else { format!("{digits}_{name}") };
        if known.iter().filter(is_own).any(|one| one.entry.id == id) {
            return Err(GenerateError::Taken { id });
        }
        let belongs =
            |one: &&Recorded| runs(one) || replaced.iter().any(|by| coverage.belongs_to(&one.entry, &by.entry));
        let gone: Vec<&MigrationEntry> =
            known[..=last].iter().filter(is_own).filter(belongs).map(|one| &one.entry).collect();
        let ids = gone.iter().flat_map(|entry| entry.replaces.iter().copied().chain([entry.id]));
        let (ids, files) = (distinct(ids), distinct(gone.iter().map(|entry| entry.file)));
        let before = known[..last].iter().filter(|one| !is_own(one)).filter(runs).collect();
        // By default, a migration is in the module of its package, whose name cargo sets in the environment.
        let usual = std::env::var("CARGO_PKG_NAME").is_ok_and(|package| package == end.module);
        let module = (!usual).then_some(end.module);
        Ok(Self { id, module, before, replaced, replaces: ids, files })
    }

    /// Describes the range, like `0001_initial to 0042_add_x`.
    pub(crate) fn description(&self) -> String {
        let ids: Vec<&str> = self.replaced.iter().map(|one| one.entry.id).collect();
        format!("{} to {}", ids[0], ids[ids.len() - 1])
    }

    /// Returns the arguments of `#[migration(…)]`.
    pub(crate) fn attribute(&self) -> String {
        let ids: Vec<String> = self.replaces.iter().map(|id| literal(id)).collect();
        let module = self.module.map_or_else(String::new, |module| format!("module = {}", literal(module)));
        let mut parts: Vec<String> = [literal(&self.id), module].into_iter().filter(|part| !part.is_empty()).collect();
        let line = format!("{}, replaces = [{}]", parts.join(", "), ids.join(", "));
        if line.len() <= LINE_LENGTH - "#[migration()]".len() {
            return line;
        }
        parts.push(format!("replaces = [\n        {},\n    ]", ids.join(",\n        ")));
        format!("\n    {}\n", parts.join(",\n    "))
    }
}

fn distinct<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in texts {
        if !found.iter().any(|other| other == text) {
            found.push(text.to_owned());
        }
    }
    found
}

/// Returns the position of the last migration that a new database runs; all have to be in one module.
fn last(known: &[Recorded], coverage: &SquashCoverage<'_>) -> Result<usize, GenerateError> {
    let modules: BTreeSet<&str> = known.iter().map(|one| one.entry.module).collect();
    if modules.len() > 1 {
        return Err(GenerateError::WhichModule { modules: modules.into_iter().collect() });
    }
    known.iter().rposition(|one| coverage.is_pending(&one.entry)).ok_or(GenerateError::NothingToSquash { found: 0 })
}
