//! Objects that models leave to the database (`unmanaged`): they are removed from catalogs before these are compared.

use std::collections::BTreeMap;

use crate::catalog::snapshot::{Catalog, ColumnState, Generated, RowSecurity, TableState};
use crate::ident::Ident;
use crate::qualified_name::QualifiedName;
use crate::schema::{Table, Unmanaged, UnmanagedPart};

/// The declarations of all models, and those of the application.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnmanagedObjects {
    /// The declarations of models, by the catalog's keys of their tables.
    tables: BTreeMap<String, UnmanagedOfTable>,
    /// Names of tables and types, and of comments on types, in which `*` stands for any characters.
    names: Vec<String>,
}

/// The declarations of one model.
#[derive(Debug, Clone)]
struct UnmanagedOfTable {
    objects: &'static [Unmanaged],
    column_parts: Vec<(&'static str, UnmanagedPart)>,
}

/// How much is removed from a catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnmanagedScope {
    /// What models can express. A comparison with models looks at nothing else.
    Expressible,
    /// Everything, including properties that models cannot express.
    Everything,
}

impl UnmanagedObjects {
    /// Collects the declarations of `models` and the `names` of the application; `main` is the migrated schema.
    pub(crate) fn new(main: &Ident, models: &[&'static Table], names: &[String]) -> Self {
        let mut tables = BTreeMap::new();
        for table in models {
            let parts =
                table.columns.iter().flat_map(|column| column.unmanaged.iter().map(|part| (column.name, *part)));
            let column_parts: Vec<_> = parts.collect();
            if !(table.unmanaged.is_empty() && column_parts.is_empty()) {
                let key = QualifiedName::within(main.as_str(), table.schema, table.name).to_string();
                tables.insert(key, UnmanagedOfTable { objects: table.unmanaged, column_parts });
            }
        }
        // A name may include the migrated schema.
        let prefix = format!("{}.", main.as_str());
        let names = names.iter().map(|name| name.strip_prefix(&prefix).unwrap_or(name).to_owned()).collect();
        Self { tables, names }
    }

    /// Removes the declared objects from a catalog, and returns those that were in it.
    pub(crate) fn remove_from(&self, catalog: &mut Catalog, scope: UnmanagedScope) -> Vec<String> {
        let mut removed = Vec::new();
        let before = catalog.inexpressible();
        let is_named = |key: &String| self.names.iter().any(|name| matches(name, key));
        let mut stays = |key: &String, kind: &str| {
            let named = is_named(key);
            removed.extend(named.then(|| format!("{kind} {key}")));
            !named
        };
        catalog.tables.retain(|key, _| stays(key, "table"));
        catalog.enums.retain(|key, _| stays(key, "enum"));
        catalog.created_types.retain(|key, state| stays(key, state.kind()));
        for (key, state) in &mut catalog.enums {
            let comment = comment_label(key);
            if scope == UnmanagedScope::Everything && state.comment.is_some() && is_named(&comment) {
                state.comment = None;
                removed.push(comment);
            }
        }
        for (key, declared) in &self.tables {
            let Some(table) = catalog.tables.get_mut(key) else { continue };
            let first = removed.len();
            removed.extend(declared.all(key).filter(|one| one.is_in(table)).map(|one| one.label()));
            for object in declared.objects {
                remove_object(table, *object, scope);
                if let Unmanaged::Trigger(name) = object {
                    let label = format!("trigger {name} on {}", table.name.name);
                    catalog.others.retain(|other| *other != label || removed[first..].is_empty());
                }
            }
            for (column, part) in &declared.column_parts {
                if let Some(state) = table.columns.get_mut(*column) {
                    remove_part(state, *part);
                }
            }
        }
        let after = catalog.inexpressible();
        catalog.others.retain(|other| !before.contains(other) || after.contains(other));
        removed
    }

    /// Returns the declared objects that `live` lacks: objects of its tables, and names and patterns that no table or
    /// type has.
    pub(crate) fn missing_from(&self, live: &Catalog) -> Vec<String> {
        let tables = self.tables.iter().filter_map(|(key, declared)| Some((key, declared, live.tables.get(key)?)));
        let objects = tables.flat_map(|(key, declared, table)| declared.all(key).filter(|one| !one.is_in(table)));
        let comments =
            live.enums.iter().filter(|(_, state)| state.comment.is_some()).map(|(key, _)| comment_label(key));
        let present: Vec<String> = live
            .tables
            .keys()
            .chain(live.enums.keys())
            .chain(live.created_types.keys())
            .cloned()
            .chain(comments)
            .collect();
        let names = self.names.iter().filter(|name| !present.iter().any(|key| matches(name, key))).cloned();
        objects.map(|one| one.label()).chain(names).collect()
    }
}

/// Returns the name under which the comment on an enum type is declared; models cannot express such a comment.
pub(crate) fn comment_label(key: &str) -> String {
    format!("comment of {key}")
}

/// One declaration of a model.
struct Declaration<'a> {
    table_key: &'a str,
    subject: DeclaredSubject,
}

enum DeclaredSubject {
    Object(Unmanaged),
    ColumnPart(&'static str, UnmanagedPart),
}

impl UnmanagedOfTable {
    fn all<'a>(&'a self, table_key: &'a str) -> impl Iterator<Item = Declaration<'a>> {
        let objects = self.objects.iter().map(|object| DeclaredSubject::Object(*object));
        let parts = self.column_parts.iter().map(|(column, part)| DeclaredSubject::ColumnPart(column, *part));
        objects.chain(parts).map(move |subject| Declaration { table_key, subject })
    }
}

impl Declaration<'_> {
    /// Returns a label like `index orders_search_idx on orders`.
    fn label(&self) -> String {
        let key = self.table_key;
        match &self.subject {
            DeclaredSubject::Object(Unmanaged::Column(name)) => format!("column {key}.{name}"),
            DeclaredSubject::Object(object) => match object.attribute() {
                (kind, Some(name)) => format!("{kind} {name} on {key}"),
                (kind, None) => format!("{} of {key}", kind.replace('_', " ")),
            },
            DeclaredSubject::ColumnPart(column, part) => {
                let part = match part {
                    UnmanagedPart::Default => "default",
                    UnmanagedPart::Generated => "generation",
                    UnmanagedPart::Collation => "collation",
                    UnmanagedPart::Sequence => "sequence options",
                    UnmanagedPart::NotNull => "NOT NULL that is not valid",
                    UnmanagedPart::Storage => "storage",
                    UnmanagedPart::Statistics => "statistics settings",
                };
                format!("{part} of {key}.{column}")
            }
        }
    }

    fn is_in(&self, table: &TableState) -> bool {
        let object = match &self.subject {
            DeclaredSubject::Object(object) => object,
            DeclaredSubject::ColumnPart(column, part) => {
                return table.columns.get(*column).is_some_and(|column| has_part(column, *part));
            }
        };
        match object {
            Unmanaged::Column(name) => table.columns.contains_key(*name),
            Unmanaged::Constraint(name) => table.constraints.contains_key(*name),
            Unmanaged::Index(name) => table.indexes.contains_key(*name),
            Unmanaged::Trigger(name) => table.triggers.contains_key(*name),
            Unmanaged::Policy(name) => table.policies.contains_key(*name),
            Unmanaged::RowSecurity => table.row_security != RowSecurity::Off,
            Unmanaged::Partitioning => table.partitioned.is_some(),
            Unmanaged::Inheritance => !table.inherits.is_empty(),
            Unmanaged::Unlogged => table.unlogged,
            Unmanaged::StorageParameters => !table.options.is_empty(),
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
        UnmanagedPart::Storage => column.storage.is_some() || column.compression.is_some(),
        UnmanagedPart::Statistics => column.statistics.is_some() || !column.options.is_empty(),
    }
}

fn remove_object(table: &mut TableState, object: Unmanaged, scope: UnmanagedScope) {
    match object {
        Unmanaged::Column(name) => drop(table.columns.remove(name)),
        Unmanaged::Constraint(name) => drop(table.constraints.remove(name)),
        Unmanaged::Index(name) => drop(table.indexes.remove(name)),
        Unmanaged::Unlogged => table.unlogged = false,
        Unmanaged::StorageParameters => table.options.clear(),
        _ if scope == UnmanagedScope::Expressible => {}
        Unmanaged::Trigger(name) => drop(table.triggers.remove(name)),
        Unmanaged::Policy(name) => drop(table.policies.remove(name)),
        Unmanaged::RowSecurity => table.row_security = RowSecurity::Off,
        Unmanaged::Partitioning => {
            table.partitioned = None;
            table.partitions.clear();
        }
        Unmanaged::Inheritance => table.inherits.clear(),
    }
}

fn remove_part(column: &mut ColumnState, part: UnmanagedPart) {
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
        UnmanagedPart::Collation => column.kept_collation = column.collation.take().or(column.kept_collation.take()),
        UnmanagedPart::Sequence => column.sequence = None,
        UnmanagedPart::NotNull => {
            column.nullable &= !column.unchecked;
            column.unchecked = false;
        }
        UnmanagedPart::Storage => (column.storage, column.compression) = (None, None),
        UnmanagedPart::Statistics => {
            column.statistics = None;
            column.options.clear();
        }
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
