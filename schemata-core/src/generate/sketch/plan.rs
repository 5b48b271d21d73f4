//! What is made into models, and in whose words.

use crate::catalog::Catalog;
use crate::schema::Table;

/// What is sketched.
pub(crate) struct Plan<'a> {
    pub(crate) catalog: &'a Catalog,
    /// The main schema.
    pub(crate) main: &'a str,
    /// The tables, as the catalog calls them.
    pub(crate) tables: Vec<String>,
    /// The model of a table whose words are to be used, where there is one.
    pub(crate) words: &'a dyn Fn(&str) -> Option<&'static Table>,
}
