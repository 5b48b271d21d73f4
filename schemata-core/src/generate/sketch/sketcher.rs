//! The tables that become models, and the models whose spelling is used.

use crate::catalog::Catalog;
use crate::generate::sketch::model::EnumSketch;
use crate::schema::Table;

/// Makes models of tables.
pub(crate) struct Sketcher<'a> {
    pub(crate) catalog: &'a Catalog,
    /// The main schema.
    pub(crate) main: &'a str,
    /// The keys of the tables in the catalog.
    pub(crate) tables: Vec<String>,
    /// Returns the live model of a table, if there is one. Its spelling of types, defaults and expressions is used.
    pub(crate) model_of: &'a dyn Fn(&str) -> Option<&'static Table>,
}

/// Returns the first of `needs` that no model creates, like `function slug`; models create the types of `enums`.
pub(crate) fn missing<'n>(needs: &'n [String], enums: &[EnumSketch]) -> Option<&'n String> {
    needs.iter().find(|need| {
        let name = need.strip_prefix("enum ");
        !name.is_some_and(|name| enums.iter().any(|known| known.name.to_string() == name))
    })
}
