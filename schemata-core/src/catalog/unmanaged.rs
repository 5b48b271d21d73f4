//! Objects that models leave to the database: found in catalogs, and taken out of them before they are compared.

use std::collections::BTreeMap;

use crate::catalog::snapshot::{Catalog, ColumnState, Generated, RowSecurity, TableState};
use crate::ident::Ident;
use crate::schema::{Table, Unmanaged, UnmanagedPart};

/// Everything that is declared as left to the database.
#[derive(Debug, Clone, Default)]
pub(crate) struct Declared {
    /// Keyed by the catalog's name of the table.
    tables: BTreeMap<String, OfTable>,
    /// Names of tables and types, and of comments on types, in which `*` stands for anything.
    names: Vec<String>,
}

/// The declarations of one model.
#[derive(Debug, Clone)]
struct OfTable {
    objects: &'static [Unmanaged],
    parts: Vec<(&'static str, UnmanagedPart)>,
}

/// How much is taken out of a catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Only what models can express, which is all that a comparison with models looks at.
    Expressible,
    /// Also properties that models cannot express.
    Everything,
}

impl Declared {
    /// Collects what `models` and `names` declare; `main` is the schema that is migrated.
    pub(crate) fn new(main: &Ident, models: &[&'static Table], names: &[String]) -> Self {
        let mut tables = BTreeMap::new();
        for table in models {
            let parts =
                table.columns.iter().flat_map(|column| column.unmanaged.iter().map(|part| (column.name, *part)));
            let parts: Vec<_> = parts.collect();
            if !(table.unmanaged.is_empty() && parts.is_empty()) {
                let key = match table.schema.filter(|schema| *schema != main.as_str()) {
                    Some(schema) => format!("{schema}.{}", table.name),
                    None => table.name.to_owned(),
                };
                tables.insert(key, OfTable { objects: table.unmanaged, parts });
            }
        }
        // A name may state the schema that is migrated, or leave it out.
        let prefix = format!("{}.", main.as_str());
        let names = names.iter().map(|name| name.strip_prefix(&prefix).unwrap_or(name).to_owned()).collect();
        Self { tables, names }
    }

    /// Takes the declared objects out of a catalog, and returns those that were there.
    pub(crate) fn take(&self, catalog: &mut Catalog, extent: Extent) -> Vec<String> {
        let mut taken = Vec::new();
        let beyond = catalog.beyond_models();
        let is_named = |key: &String| self.names.iter().any(|name| matches(name, key));
        let mut named = |key: &String, kind: &str| {
            let named = is_named(key);
            taken.extend(named.then(|| format!("{kind} {key}")));
            !named
        };
        catalog.tables.retain(|key, _| named(key, "table"));
        catalog.enums.retain(|key, _| named(key, "enum"));
        for (key, state) in &mut catalog.enums {
            let comment = comment_of(key);
            if extent == Extent::Everything && state.comment.is_some() && is_named(&comment) {
                state.comment = None;
                taken.push(comment);
            }
        }
        for (key, declared) in &self.tables {
            let Some(table) = catalog.tables.get_mut(key) else { continue };
            let before = taken.len();
            taken.extend(declared.said(key).filter(|one| one.is_in(table)).map(|one| one.label()));
            for object in declared.objects {
                take_object(table, *object, extent);
                if let Unmanaged::Trigger(name) = object {
                    let label = format!("trigger {name} on {}", table.name);
                    catalog.others.retain(|other| *other != label || taken[before..].is_empty());
                }
            }
            for (column, part) in &declared.parts {
                if let Some(state) = table.columns.get_mut(*column) {
                    take_part(state, *part, extent);
                }
            }
        }
        let left = catalog.beyond_models();
        catalog.others.retain(|other| !beyond.contains(other) || left.contains(other));
        taken
    }

    /// Returns what is declared and does not exist in `live`: objects of its tables, and names and patterns that no table or
    /// type has.
    pub(crate) fn absent(&self, live: &Catalog) -> Vec<String> {
        let tables = self.tables.iter().filter_map(|(key, declared)| Some((key, declared, live.tables.get(key)?)));
        let objects = tables.flat_map(|(key, declared, table)| declared.said(key).filter(|one| !one.is_in(table)));
        let comments = live.enums.iter().filter(|(_, state)| state.comment.is_some()).map(|(key, _)| comment_of(key));
        let present: Vec<String> = live.tables.keys().chain(live.enums.keys()).cloned().chain(comments).collect();
        let names = self.names.iter().filter(|name| !present.iter().any(|key| matches(name, key))).cloned();
        objects.map(|one| one.label()).chain(names).collect()
    }
}

/// Returns the name under which the comment on an enum type is declared; models cannot express such a comment.
pub(crate) fn comment_of(key: &str) -> String {
    format!("comment of {key}")
}

/// One declared object of a table.
struct Said<'a> {
    key: &'a str,
    of: Of,
}

enum Of {
    Object(Unmanaged),
    Part(&'static str, UnmanagedPart),
}

impl OfTable {
    fn said<'a>(&'a self, key: &'a str) -> impl Iterator<Item = Said<'a>> {
        let objects = self.objects.iter().map(|object| Of::Object(*object));
        objects.chain(self.parts.iter().map(|(column, part)| Of::Part(column, *part))).map(move |of| Said { key, of })
    }
}

impl Said<'_> {
    /// Returns a label like `index orders_search_idx on orders`.
    fn label(&self) -> String {
        let key = self.key;
        match &self.of {
            Of::Object(Unmanaged::Column(name)) => format!("column {key}.{name}"),
            Of::Object(object) => match object.said() {
                (kind, Some(name)) => format!("{kind} {name} on {key}"),
                (kind, None) => format!("{} of {key}", kind.replace('_', " ")),
            },
            Of::Part(column, part) => {
                let part = match part {
                    UnmanagedPart::Default => "default",
                    UnmanagedPart::Generated => "generation",
                    UnmanagedPart::Collation => "collation",
                    UnmanagedPart::Sequence => "sequence options",
                    UnmanagedPart::NotNull => "NOT NULL that is not valid",
                };
                format!("{part} of {key}.{column}")
            }
        }
    }

    fn is_in(&self, table: &TableState) -> bool {
        match &self.of {
            Of::Object(Unmanaged::Column(name)) => table.columns.contains_key(*name),
            Of::Object(Unmanaged::Constraint(name)) => table.constraints.contains_key(*name),
            Of::Object(Unmanaged::Index(name)) => table.indexes.contains_key(*name),
            Of::Object(Unmanaged::Trigger(name)) => table.triggers.contains_key(*name),
            Of::Object(Unmanaged::Policy(name)) => table.policies.contains_key(*name),
            Of::Object(Unmanaged::RowSecurity) => table.row_security != RowSecurity::Off,
            Of::Object(Unmanaged::Partitioning) => table.partitioned.is_some(),
            Of::Object(Unmanaged::Inheritance) => !table.inherits.is_empty(),
            Of::Object(Unmanaged::Unlogged) => table.unlogged,
            Of::Part(column, part) => table.columns.get(*column).is_some_and(|column| has_part(column, *part)),
        }
    }
}

fn has_part(column: &ColumnState, part: UnmanagedPart) -> bool {
    match part {
        UnmanagedPart::Default => column.default.is_some() || column.serial || column.identity.is_some(),
        UnmanagedPart::Generated => column.generated.is_some(),
        UnmanagedPart::Collation => column.collation.is_some(),
        UnmanagedPart::Sequence => column.sequence.is_some(),
        UnmanagedPart::NotNull => column.unchecked,
    }
}

fn take_object(table: &mut TableState, object: Unmanaged, extent: Extent) {
    match object {
        Unmanaged::Column(name) => drop(table.columns.remove(name)),
        Unmanaged::Constraint(name) => drop(table.constraints.remove(name)),
        Unmanaged::Index(name) => drop(table.indexes.remove(name)),
        _ if extent == Extent::Expressible => {}
        Unmanaged::Trigger(name) => drop(table.triggers.remove(name)),
        Unmanaged::Policy(name) => drop(table.policies.remove(name)),
        Unmanaged::RowSecurity => table.row_security = RowSecurity::Off,
        Unmanaged::Partitioning => table.partitioned = None,
        Unmanaged::Inheritance => table.inherits.clear(),
        Unmanaged::Unlogged => table.unlogged = false,
    }
}

fn take_part(column: &mut ColumnState, part: UnmanagedPart, extent: Extent) {
    match part {
        UnmanagedPart::Default if column.generated.is_none() => {
            (column.default, column.serial, column.owned_sequence) = (None, false, None);
        }
        UnmanagedPart::Default => {}
        // A stored generated column and a virtual one count as the same.
        UnmanagedPart::Generated => {
            if column.generated.is_some() {
                (column.default, column.generated) = (Some(String::new()), Some(Generated::Stored));
            }
        }
        _ if extent == Extent::Expressible => {}
        UnmanagedPart::Collation => column.collation = None,
        UnmanagedPart::Sequence => column.sequence = None,
        UnmanagedPart::NotNull => column.unchecked = false,
    }
}

/// Returns whether the pattern `name` matches `key`; `*` stands for any characters.
fn matches(name: &str, key: &str) -> bool {
    match name.split_once('*') {
        None => name == key,
        Some((begin, rest)) => {
            let Some(tail) = key.strip_prefix(begin) else { return false };
            let mut ends = tail.char_indices().map(|(at, _)| at).chain([tail.len()]);
            ends.any(|at| matches(rest, &tail[at..]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_letters() {
        for (name, key) in
            [("a", "a"), ("*", "x"), ("topology.*", "topology.layer"), ("*_old", "t_old"), ("a*b*", "axbé")]
        {
            assert!(matches(name, key), "{name} {key}");
        }
        for (name, key) in [("a", "ab"), ("topology.*", "topology"), ("*_old", "t_old2"), ("a*b", "a")] {
            assert!(!matches(name, key), "{name} {key}");
        }
    }
}
