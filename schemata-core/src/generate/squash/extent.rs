//! Which migrations a squash stands for, and what it is called.

use std::collections::BTreeSet;

use crate::generate::error::GenerateError;
use crate::generate::text::literal::literal;
use crate::generate::text::name::digits;
use crate::migrate::record::Recorded;
use crate::migrate::squash::coverage::SquashCoverage;
use crate::migrate::{MigrationEntry, plan};

/// rustfmt leaves this attribute as it is, so it is broken here.
const LINE: usize = 100;

/// How far a squash reaches.
pub(crate) struct Extent<'r> {
    /// What the squash is called.
    pub(crate) id: String,
    /// The module, where the squash would not be in it of its own accord.
    module: Option<&'static str>,
    /// What a new database runs before it.
    pub(crate) before: Vec<&'r Recorded>,
    /// What a new database runs, and will not any longer.
    pub(crate) replaced: Vec<&'r Recorded>,
    /// The ids of those, and of what they replaced themselves.
    pub(crate) replaces: Vec<String>,
    /// The files of all of them.
    pub(crate) files: Vec<String>,
}

impl<'r> Extent<'r> {
    /// All migrations of a module up to `through`, or to its last one.
    pub(crate) fn find(known: &'r [Recorded], name: &str, through: Option<&str>) -> Result<Self, GenerateError> {
        let standing = SquashCoverage::of(known, &[], None);
        let runs = |one: &&Recorded| standing.is_pending(&one.entry);
        let last = match through {
            None => last(known, &standing)?,
            Some(through) => plan::target(known, through)?,
        };
        let end = known[last].entry;
        if let Some(by) = standing.instead_of(&end) {
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
            |one: &&Recorded| runs(one) || replaced.iter().any(|by| standing.belongs_to(&one.entry, &by.entry));
        let gone: Vec<&MigrationEntry> =
            known[..=last].iter().filter(is_own).filter(belongs).map(|one| &one.entry).collect();
        let ids = gone.iter().flat_map(|entry| entry.replaces.iter().copied().chain([entry.id]));
        let (ids, files) = (each_once(ids), each_once(gone.iter().map(|entry| entry.file)));
        let before = known[..last].iter().filter(|one| !is_own(one)).filter(runs).collect();
        // A migration is in the module of its package unless it says otherwise, and cargo tells which package that is.
        let usual = std::env::var("CARGO_PKG_NAME").is_ok_and(|package| package == end.module);
        let module = (!usual).then_some(end.module);
        Ok(Self { id, module, before, replaced, replaces: ids, files })
    }

    /// `0001_initial to 0042_add_x`.
    pub(crate) fn words(&self) -> String {
        let ids: Vec<&str> = self.replaced.iter().map(|one| one.entry.id).collect();
        format!("{} to {}", ids[0], ids[ids.len() - 1])
    }

    /// What stands inside `#[migration(…)]`.
    pub(crate) fn attribute(&self) -> String {
        let ids: Vec<String> = self.replaces.iter().map(|id| literal(id)).collect();
        let module = self.module.map_or_else(String::new, |module| format!("module = {}", literal(module)));
        let mut parts: Vec<String> = [literal(&self.id), module].into_iter().filter(|part| !part.is_empty()).collect();
        let line = format!("{}, replaces = [{}]", parts.join(", "), ids.join(", "));
        if line.len() <= LINE - "#[migration()]".len() {
            return line;
        }
        parts.push(format!("replaces = [\n        {},\n    ]", ids.join(",\n        ")));
        format!("\n    {}\n", parts.join(",\n    "))
    }
}

fn each_once<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in texts {
        if !found.iter().any(|other| other == text) {
            found.push(text.to_owned());
        }
    }
    found
}

/// The last migration that a new database runs, where all are of one module.
fn last(known: &[Recorded], standing: &SquashCoverage<'_>) -> Result<usize, GenerateError> {
    let modules: BTreeSet<&str> = known.iter().map(|one| one.entry.module).collect();
    if modules.len() > 1 {
        return Err(GenerateError::WhichModule { modules: modules.into_iter().collect() });
    }
    known.iter().rposition(|one| standing.is_pending(&one.entry)).ok_or(GenerateError::NothingToSquash { found: 0 })
}
