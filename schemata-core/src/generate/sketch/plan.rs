//! What is made into models, and in whose words.

use crate::catalog::Catalog;
use crate::generate::sketch::model::Enumeration;
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

/// Returns the first of `needs` that no model creates, like `function slug`; models create the types of `enums`.
pub(crate) fn missing<'n>(needs: &'n [String], enums: &[Enumeration]) -> Option<&'n String> {
    needs.iter().find(|need| {
        let name = need.strip_prefix("enum ");
        !name.is_some_and(|name| enums.iter().any(|known| known.key == name))
    })
}
