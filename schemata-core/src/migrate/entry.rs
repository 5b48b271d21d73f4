//! One registered migration: its name, and the function that is it.

use std::cmp::Ordering;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::migrate::context::Migration;

/// What a migration function returns. Any error serves; `?` converts it.
pub type MigrationResult = Result<(), Box<dyn Error + Send + Sync>>;

/// A migration function, its future boxed.
pub type MigrationFn =
    for<'m, 'c> fn(&'m mut Migration<'c>) -> Pin<Box<dyn Future<Output = MigrationResult> + Send + 'm>>;

/// A migration as it is registered: `#[migration("0001_initial_catalog")]` makes one.
#[derive(Clone, Copy)]
pub struct MigrationEntry {
    /// The module it belongs to: the name of its crate, unless it says otherwise.
    pub module: &'static str,
    /// Its name within the module, which also orders it.
    pub id: &'static str,
    pub(crate) run: MigrationFn,
    /// The source file that holds it.
    pub file: &'static str,
    /// Its line there.
    pub line: u32,
    /// The Rust module that holds it, like `shop::migrations::m0001_initial`; empty where nobody said.
    pub path: &'static str,
}

inventory::collect!(MigrationEntry);

impl MigrationEntry {
    /// Names a migration function. `#[migration]` writes this; tests with a set of their own may too.
    pub const fn new(module: &'static str, id: &'static str, run: MigrationFn, file: &'static str, line: u32) -> Self {
        Self { module, id, run, file, line, path: "" }
    }

    /// Names the Rust module that holds it.
    #[must_use]
    pub const fn within(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }

    /// The crate that holds it, as code names it.
    pub(crate) fn crate_name(&self) -> &'static str {
        self.path.split("::").next().unwrap_or_default()
    }

    /// The order of execution, whatever the module: by the number an id begins with, then by the id. `2_b` comes before
    /// `10_a`. The module decides between equal ids.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        (number(self.id), self.id, self.module).cmp(&(number(other.id), other.id, other.module))
    }
}

/// The order of two ids of one module.
pub(crate) fn compare(one: &str, other: &str) -> Ordering {
    (number(one), one).cmp(&(number(other), other))
}

/// Whether `one` was numbered without knowing of `other`: it sorts before it, or has the same number.
pub(crate) fn unaware(one: &str, other: &str) -> bool {
    number(one) <= number(other)
}

/// The number an id begins with, as its digits without leading zeros: longer is larger.
fn number(id: &str) -> (usize, &str) {
    let digits = &id[..id.find(|c: char| !c.is_ascii_digit()).unwrap_or(id.len())];
    let significant = digits.trim_start_matches('0');
    (significant.len(), significant)
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
    }
}
