//! The tables that become models, and the models whose spelling is used.

use crate::catalog::Catalog;
use crate::generate::sketch::model::TypeSketches;
use crate::schema::Table;

/// Makes models of tables.
pub(crate) struct Sketcher<'a> {
    pub(crate) catalog: &'a Catalog,
    /// The main schema.
    pub(crate) main: &'a str,
    /// The keys of the tables in the catalog.
    pub(crate) tables: Vec<String>,
    /// Whether tables without a primary key become models.
    pub(crate) keyless: bool,
    /// Returns the live model of a table, if there is one. Its spelling of types, defaults and expressions is used.
    pub(crate) model_of: &'a dyn Fn(&str) -> Option<&'static Table>,
}

/// Returns the first of `needs` that no model creates, like `function slug`; models create `types`.
pub(crate) fn missing<'n>(needs: &'n [String], types: &TypeSketches) -> Option<&'n String> {
    needs.iter().find(|need| !types.have(need))
}
