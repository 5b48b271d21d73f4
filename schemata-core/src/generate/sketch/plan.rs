//! What is made into models, and in whose words.

use crate::catalog::Catalog;
use crate::generate::sketch::expression::uses;
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

impl Plan<'_> {
    /// What `expression` needs that no model creates, like `function slug`. A sequence of some column's own may come after what
    /// takes numbers from it.
    pub(crate) fn missing(&self, expression: &str) -> Option<String> {
        let found = uses(expression, &self.catalog.others).cloned();
        found.or_else(|| {
            let columns = self.catalog.tables.values().flat_map(|table| table.columns.values());
            let owned = columns.filter_map(|column| column.owned_sequence.as_ref());
            let owned: Vec<String> = owned.map(|name| format!("sequence {name}")).collect();
            uses(expression, &owned).cloned()
        })
    }
}
