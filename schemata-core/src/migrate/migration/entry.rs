//! What a program registers: `MigrationEntry`, a migration with its name and its function; `Registered`, a crate that has to
//! contribute migrations.

use std::cmp::Ordering;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::migrate::migration::context::Migration;
use crate::migrate::migration::sql_file::{SqlFile, run_sql_file};
use crate::migrate::migration::step_error::MigrationResult;

/// A migration function that boxes its future.
pub type MigrationFn =
    for<'m, 'c> fn(&'m mut Migration<'c>) -> Pin<Box<dyn Future<Output = MigrationResult> + Send + 'm>>;

/// A registered migration: `#[migration("0001_initial_catalog")]` makes one.
#[derive(Clone, Copy)]
pub struct MigrationEntry {
    /// The module it belongs to; by default, the name of its crate.
    pub module: &'static str,
    /// Its name within the module, which also determines its order.
    pub id: &'static str,
    work: Work,
    /// The source file that holds it.
    pub file: &'static str,
    /// The line in that file.
    pub line: u32,
    /// The Rust module that holds it, like `shop::migrations::m0001_initial`; empty if not given.
    pub path: &'static str,
    /// The ids of the migrations of its module that it replaces; empty unless it is a squash.
    pub replaces: &'static [&'static str],
}

/// The body of a migration: a function, or a file of SQL.
#[derive(Clone, Copy)]
enum Work {
    Function(MigrationFn),
    File(&'static SqlFile),
}

inventory::collect!(MigrationEntry);

impl MigrationEntry {
    /// Names a migration function. `#[migration]` generates this call; tests with a set of their own may write it.
    pub const fn new(module: &'static str, id: &'static str, run: MigrationFn, file: &'static str, line: u32) -> Self {
        Self { module, id, work: Work::Function(run), file, line, path: "", replaces: &[] }
    }

    /// Sets the Rust module that holds it.
    #[must_use]
    pub const fn within(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }

    /// Returns the crate that holds it, as code names it.
    pub(crate) fn crate_name(&self) -> &'static str {
        self.path.split("::").next().unwrap_or_default()
    }

    /// Makes it a squash, which replaces these migrations of its module: `#[migration("…", replaces = […])]`.
    #[must_use]
    pub const fn replacing(mut self, ids: &'static [&'static str]) -> Self {
        self.replaces = ids;
        self
    }

    /// Names a file of SQL. [`sql_migrations!`](crate::sql_migrations) generates this call.
    #[doc(hidden)]
    pub const fn of_file(module: &'static str, id: &'static str, file: &'static SqlFile) -> Self {
        Self { module, id, work: Work::File(file), file: file.path, line: 1, path: "", replaces: &[] }
    }

    /// Reads a file of SQL that this program was compiled without.
    #[cfg(feature = "dev")]
    pub(crate) fn read(module: String, id: String, path: &std::path::Path) -> std::io::Result<Self> {
        Ok(Self::of_file(module.leak(), id.leak(), SqlFile::read(path)?))
    }

    /// Returns the file of SQL that it runs, if it is one.
    pub(crate) const fn sql_file(&self) -> Option<&'static SqlFile> {
        match self.work {
            Work::File(file) => Some(file),
            Work::Function(_) => None,
        }
    }

    /// Runs it, or records it.
    pub(crate) async fn run(&self, m: &mut Migration<'_>) -> MigrationResult {
        match self.work {
            Work::Function(function) => function(m).await,
            Work::File(file) => run_sql_file(m, file).await,
        }
    }

    /// Compares by the number that the id begins with, then by the id, then by the module: `2_b` comes before `10_a`. A
    /// squash has the place of the first migration it replaces, so that later migrations find the same on new and old
    /// databases.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let place = |entry: &Self| {
            let first = entry.replaces.iter().copied().min_by(|one, other| compare(one, other)).unwrap_or(entry.id);
            (number(first), first, !entry.replaces.is_empty())
        };
        let own = |entry: &Self| (number(entry.id), entry.id, entry.module);
        place(self).cmp(&place(other)).then_with(|| own(self).cmp(&own(other)))
    }
}

/// A crate that has to contribute migrations. [`register!`](crate::register) names it.
#[derive(Debug, Clone, Copy)]
pub struct Registered {
    pub(crate) crate_name: &'static str,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
}

inventory::collect!(Registered);

impl Registered {
    /// Names a crate, and the place that registers it.
    pub const fn new(crate_name: &'static str, file: &'static str, line: u32) -> Self {
        Self { crate_name, file, line }
    }
}

/// Compares two ids of one module.
pub(crate) fn compare(one: &str, other: &str) -> Ordering {
    (number(one), one).cmp(&(number(other), other))
}

/// Returns whether `one` was numbered without knowing of `other`: its number is lower or the same.
pub(crate) fn is_unaware(one: &str, other: &str) -> bool {
    number(one) <= number(other)
}

/// Returns whether two ids, or an id and a version, begin with the same number.
pub(crate) fn is_same_number(one: &str, other: &str) -> bool {
    number(one) == number(other)
}

/// Returns whether the number of `one` is higher than that of `other`.
pub(crate) fn is_after(one: &str, other: &str) -> bool {
    number(one) > number(other)
}

/// Returns the number that an id begins with, of several parts in `1.10_name`: of each part, the digits without leading zeros.
/// More digits are larger.
fn number(id: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let mut rest = id;
    loop {
        let (digits, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
        let significant = digits.trim_start_matches('0');
        parts.push((significant.len(), significant));
        match after.strip_prefix('.') {
            Some(next) if next.starts_with(|c: char| c.is_ascii_digit()) => rest = next,
            _ => return parts,
        }
    }
}

impl fmt::Debug for MigrationEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} ({}:{})", self.module, self.id, self.file, self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_their_number() {
        let mut ids = ["10_a", "2_b", "0003_c", "2_a", "x"];
        ids.sort_by(|a, b| (number(a), *a).cmp(&(number(b), *b)));
        assert_eq!(ids, ["x", "2_a", "2_b", "0003_c", "10_a"]);
        let mut ids = ["1.10_a", "1.2_b", "2_c", "1_d", "1.2.1_e"];
        ids.sort_by(|a, b| compare(a, b));
        assert_eq!(ids, ["1_d", "1.2_b", "1.2.1_e", "1.10_a", "2_c"]);
    }

    #[test]
    fn a_squash_has_the_place_of_the_first_that_it_replaces() {
        const fn entry(id: &'static str) -> MigrationEntry {
            MigrationEntry::new("shop", id, |_| Box::pin(async { Ok(()) }), "", 0)
        }
        let squash = entry("10_squash").replacing(&["9_c", "2_a"]);
        let mut all = [entry("9_c"), squash, entry("3_theirs"), entry("2_a"), entry("1_first"), entry("11_d")];
        all.sort_by(MigrationEntry::order);
        assert_eq!(all.map(|entry| entry.id), ["1_first", "2_a", "10_squash", "3_theirs", "9_c", "11_d"]);
    }
}
