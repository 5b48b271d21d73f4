//! The properties and objects that models cannot express, listed in words.

use crate::catalog::constraint::ConstraintState;
use crate::catalog::index::IndexState;
use crate::catalog::snapshot::{Catalog, RowSecurity, TableState};

impl Catalog {
    /// Adds the extensions and the inexpressible properties of tables to [`others`](Catalog::others), and sorts it.
    pub(super) fn list_inexpressible(&mut self) {
        self.others.extend(self.extensions.keys().map(|name| format!("extension {name}")));
        self.others.append(&mut self.inexpressible());
        self.others.sort();
    }

    /// Lists the properties of tables that models cannot express.
    pub(super) fn inexpressible(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (name, table) in &self.tables {
            list_table(name, table, &mut found);
        }
        found
    }
}

#[cfg(feature = "dev")]
impl Catalog {
    /// Returns the objects that are no part of a table's definition: views, functions, extensions, triggers, …
    pub(crate) fn objects_beside_tables(&self) -> impl Iterator<Item = &String> {
        let of_tables = self.inexpressible();
        self.others.iter().filter(move |other| !of_tables.contains(other))
    }
}

fn list_table(name: &str, table: &TableState, found: &mut Vec<String>) {
    found.extend(table.partitioned.iter().map(|by| format!("partitioning of {name} by {by}")));
    found.extend(table.inherits.iter().map(|parent| format!("inheritance of {name} from {parent}")));
    found.extend((table.row_security != RowSecurity::Off).then(|| format!("row security on {name}")));
    found.extend(table.policies.keys().map(|policy| format!("policy {policy} on {name}")));
    for (column, state) in &table.columns {
        found.extend(state.inexpressible().into_iter().map(|what| format!("{what} of {name}.{column}")));
    }
    let constraint = |(own, state): (&String, &ConstraintState)| {
        (!state.is_expressible()).then(|| format!("constraint {own} on {name}, {}", state.definition))
    };
    found.extend(table.constraints.iter().filter_map(constraint));
    let index = |(own, state): (&String, &IndexState)| {
        (!state.is_expressible()).then(|| format!("index {own} on {name}, {}", state.definition))
    };
    found.extend(table.indexes.iter().filter_map(index));
}
