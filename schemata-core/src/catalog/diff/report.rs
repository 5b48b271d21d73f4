//! The differences between two catalogs in sentences, as `check` prints them.

use std::collections::BTreeSet;

use crate::catalog::definition::Definition;
use crate::catalog::diff::comparison::{CatalogSource, Comparison, Difference};
use crate::catalog::diff::pairs::{Pair, SchemaDiff, TableDiff};
use crate::catalog::diff::wording::{
    collation, comment, default, domain_properties, enabled, identity, inherits, logged, not_null_constraint, nullable,
    options, partitioned, row_security, statistics, storage, valid,
};
use crate::catalog::index::same_options;
use crate::catalog::snapshot::{Catalog, ColumnState, CreatedTypeState, EnumState, TableState, TriggerState};
use crate::schema::type_name::short_type;

/// Returns how `found` differs from `expected`, one sentence per difference. The order of columns does not count.
///
/// Properties that models cannot express are compared between migrations and databases only. Triggers that are not
/// expected are no difference: tools put them on tables.
pub(crate) fn differences(expected: &Catalog, found: &Catalog, comparison: Comparison) -> Vec<Difference> {
    let mut report = Report { comparison, all: Vec::new() };
    let diff = SchemaDiff::of(expected, found);
    for pair in &diff.enums {
        report.pair(pair, |name| format!("enum {name}"), Report::enumeration);
    }
    // A squash compares them as statements that PostgreSQL prints.
    if comparison.expected != CatalogSource::Replaced {
        report.created_types(expected, found);
    }
    for pair in &diff.tables {
        report.pair(
            pair,
            |name| format!("table {name}"),
            |report, _, expected, found| {
                report.table(pair.name(), expected, found);
            },
        );
    }
    report.all
}

/// Returns the definition of a constraint as it is, and the type of an attribute by its usual name.
fn part(definition: &str) -> String {
    if definition.starts_with("CHECK") { definition.to_owned() } else { short_type(definition) }
}

struct Report {
    comparison: Comparison,
    all: Vec<Difference>,
}

impl Report {
    fn add(&mut self, object: &str, sentence: String) {
        self.all.push(Difference { object: object.to_owned(), sentence });
    }

    /// Adds a difference if the values differ; `prefix` is put before each.
    fn value(&mut self, object: &str, prefix: &str, expected: &str, found: &str) {
        if expected != found {
            self.add(object, self.comparison.different(prefix, expected, found));
        }
    }

    /// Reports an object that is known by its name, labelled by `label`: that it is missing or not expected, or what
    /// `compare` finds.
    fn pair<T>(
        &mut self,
        pair: &Pair<'_, T>,
        label: impl Fn(&str) -> String,
        compare: impl Fn(&mut Self, &str, &T, &T),
    ) {
        let object = label(pair.name());
        match pair {
            Pair::Missing { .. } => self.add(&object, self.comparison.only_expected()),
            Pair::Extra { .. } => self.add(&object, self.comparison.only_found()),
            Pair::Both { expected, found, .. } | Pair::Renamed { expected, found, .. } => {
                compare(self, &object, expected, found);
            }
        }
    }

    fn enumeration(&mut self, object: &str, expected: &EnumState, found: &EnumState) {
        self.value(object, "", &expected.labels.join(", "), &found.labels.join(", "));
        if !self.comparison.is_with_models() {
            self.value(object, "", &comment(expected.comment.as_ref()), &comment(found.comment.as_ref()));
        }
    }

    /// Reports the differences of domains and composite types.
    fn created_types(&mut self, expected: &Catalog, found: &Catalog) {
        let keys: BTreeSet<&String> = expected.created_types.keys().chain(found.created_types.keys()).collect();
        for key in keys {
            let (expected, found) = (expected.created_types.get(key), found.created_types.get(key));
            let object = |state: &CreatedTypeState| format!("{} {key}", state.kind());
            match (expected, found) {
                (Some(expected), Some(found)) => self.created_type(&object(expected), expected, found),
                (Some(expected), None) => self.add(&object(expected), self.comparison.only_expected()),
                (None, Some(found)) => self.add(&object(found), self.comparison.only_found()),
                (None, None) => {}
            }
        }
    }

    fn created_type(&mut self, object: &str, expected: &CreatedTypeState, found: &CreatedTypeState) {
        if expected.base.is_some() != found.base.is_some() {
            self.value(object, "", expected.kind(), found.kind());
            return;
        }
        let base = |state: &CreatedTypeState| state.base.as_deref().map(short_type).unwrap_or_default();
        self.value(object, "", &base(expected), &base(found));
        // Models cannot express them.
        if !self.comparison.is_with_models() {
            for (one, other) in domain_properties(expected).iter().zip(&domain_properties(found)) {
                self.value(object, "", one, other);
            }
        }
        let what = if expected.base.is_some() { "constraint" } else { "attribute" };
        for (name, definition) in &expected.parts {
            match found.part(name) {
                Some(other) => self.value(object, &format!("{what} {name}: "), &part(definition), &part(other)),
                None => self.add(&format!("{object}: {what} {name}"), self.comparison.only_expected()),
            }
        }
        for (name, _) in found.parts.iter().filter(|(name, _)| expected.part(name).is_none()) {
            self.add(&format!("{object}: {what} {name}"), self.comparison.only_found());
        }
        let order = |state: &CreatedTypeState| {
            let names: Vec<&str> = state.parts.iter().map(|(name, _)| name.as_str()).collect();
            names.join(", ")
        };
        let mut sorted = (expected.parts.clone(), found.parts.clone());
        sorted.0.sort();
        sorted.1.sort();
        if expected.base.is_none() && sorted.0 == sorted.1 {
            self.value(object, "attributes ", &order(expected), &order(found));
        }
    }

    fn table(&mut self, name: &str, expected: &TableState, found: &TableState) {
        let diff = TableDiff::of(expected, found);
        for pair in &diff.columns {
            self.pair(pair, |column| format!("{name}.{column}"), Self::column);
        }
        for pair in &diff.constraints {
            self.definition(name, "constraint", pair);
        }
        for pair in &diff.indexes {
            self.definition(name, "index", pair);
        }
        let object = format!("table {name}");
        self.value(&object, "", &comment(expected.comment.as_ref()), &comment(found.comment.as_ref()));
        self.value(&object, "", logged(expected), logged(found));
        self.parameters(&object, &expected.options, &found.options);
        if self.comparison.is_with_models() {
            return;
        }
        self.value(&object, "", &partitioned(expected), &partitioned(found));
        self.value(&object, "", &inherits(expected), &inherits(found));
        // Further partitions come with time.
        for partition in expected.partitions.iter().filter(|name| !found.partitions.contains(name)) {
            self.add(&format!("partition {partition}"), self.comparison.only_expected());
        }
        self.value(&object, "", row_security(expected), row_security(found));
        for pair in &diff.policies {
            let label = |policy: &str| format!("policy {policy} on {name}");
            self.pair(pair, label, |report, object, expected, found| report.value(object, "", expected, found));
        }
        for pair in diff.triggers.iter().filter(|pair| !matches!(pair, Pair::Extra { .. })) {
            self.pair(pair, |trigger| format!("trigger {trigger} on {name}"), Self::trigger);
        }
    }

    fn column(&mut self, object: &str, expected: &ColumnState, found: &ColumnState) {
        let all = !self.comparison.is_with_models();
        self.value(object, "", &short_type(&expected.sql_type), &short_type(&found.sql_type));
        self.value(object, "", nullable(expected), nullable(found));
        if expected.not_null.is_some() && found.not_null.is_some() {
            let strict = self.comparison.is_of_squash();
            let (one, other) = (not_null_constraint(expected, strict), not_null_constraint(found, strict));
            self.value(object, "", &one, &other);
            let of = |column: &ColumnState| {
                comment(column.not_null.as_ref().and_then(|constraint| constraint.comment.as_ref()))
            };
            self.value(object, "NOT NULL with ", &of(expected), &of(found));
        }
        if all || !expected.takes_same_numbers(found) {
            self.value(object, "", &default(expected), &default(found));
        }
        self.value(object, "", &identity(expected), &identity(found));
        self.value(object, "", &collation(expected), &collation(found));
        self.value(object, "", &storage(expected), &storage(found));
        self.value(object, "", &statistics(expected), &statistics(found));
        self.parameters(object, &expected.options, &found.options);
        self.value(object, "", &comment(expected.comment.as_ref()), &comment(found.comment.as_ref()));
    }

    fn parameters(&mut self, object: &str, expected: &[String], found: &[String]) {
        if !same_options(expected, found) {
            self.value(object, "", &options(expected), &options(found));
        }
    }

    fn trigger(&mut self, object: &str, expected: &TriggerState, found: &TriggerState) {
        self.value(object, "", &expected.definition, &found.definition);
        self.value(object, "it is ", &expected.fires, &found.fires);
    }

    /// Reports a constraint or an index.
    fn definition<T: Definition>(&mut self, table: &str, kind: &str, pair: &Pair<'_, T>) {
        let with_models = self.comparison.is_with_models();
        let labelled = |name: &str, state: &T| format!("{kind} {name} on {table}, {}", state.definition());
        match *pair {
            Pair::Missing { name, expected } if expected.is_expressible() || !with_models => {
                self.add(&labelled(name, expected), self.comparison.only_expected());
            }
            Pair::Extra { name, found } if found.is_expressible() || !with_models => {
                self.add(&labelled(name, found), self.comparison.only_found());
            }
            Pair::Missing { .. } | Pair::Extra { .. } => {}
            Pair::Both { name, expected, found } => {
                let object = format!("{kind} {name} on {table}");
                if !(expected.is_same(found) || with_models && expected.satisfies(found)) {
                    self.value(&object, "", expected.definition(), found.definition());
                }
                self.value(&object, "", valid(expected.is_valid()), valid(found.is_valid()));
                self.value(&object, "its triggers are ", enabled(expected.fires()), enabled(found.fires()));
                self.value(&object, "", &comment(expected.comment()), &comment(found.comment()));
            }
            Pair::Renamed { name, expected, found_name, found } => {
                let object = format!("{kind} on {table}, {}", expected.definition());
                self.value(&object, "it is called ", name, found_name);
                self.value(&object, "", valid(expected.is_valid()), valid(found.is_valid()));
                self.value(&object, "its triggers are ", enabled(expected.fires()), enabled(found.fires()));
                self.value(&object, "", &comment(expected.comment()), &comment(found.comment()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::constraint::{ConstraintKind, ConstraintState};
    use crate::catalog::diff::comparison::CatalogSource;
    use crate::catalog::snapshot::BaseType;

    const COMPARISON: Comparison = Comparison { expected: CatalogSource::Model, found: CatalogSource::Database };

    fn catalog(sql_type: &str, constraint: &str) -> Catalog {
        let column = ColumnState {
            position: 1,
            inherited: false,
            sql_type: sql_type.to_owned(),
            base: BaseType::default(),
            nullable: false,
            unchecked: false,
            default: None,
            serial: false,
            generated: None,
            identity: None,
            sequence: None,
            owned_sequence: None,
            collation: None,
            kept_collation: None,
            comment: None,
            not_null: None,
            storage: None,
            compression: None,
            statistics: None,
            options: Vec::new(),
            needs: Vec::new(),
        };
        let unique = ConstraintState {
            definition: "UNIQUE (status)".to_owned(),
            valid: true,
            kind: ConstraintKind::Unique { nulls_not_distinct: false },
            columns: vec!["status".to_owned()],
            deferrable: false,
            deferred: false,
            include: Vec::new(),
            no_inherit: false,
            enforced: true,
            fires: true,
            period: false,
            comment: None,
            needs: Vec::new(),
            inherited: false,
        };
        let table = TableState {
            columns: [("status".to_owned(), column)].into(),
            constraints: [(constraint.to_owned(), unique)].into(),
            ..TableState::default()
        };
        Catalog { tables: [("orders".to_owned(), table)].into(), ..Catalog::default() }
    }

    fn sentences(expected: &Catalog, found: &Catalog) -> Vec<String> {
        differences(expected, found, COMPARISON).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn equal_catalogs_do_not_differ() {
        let one = catalog("text", "a");
        assert!(sentences(&one, &one).is_empty());
    }

    #[test]
    fn a_type_differs_in_one_sentence() {
        assert_eq!(
            sentences(&catalog("character varying(20)", "a"), &catalog("character varying(10)", "a")),
            ["orders.status: the model says varchar(20), the database varchar(10)"]
        );
    }

    #[test]
    fn a_renamed_constraint_is_one_difference() {
        assert_eq!(
            sentences(&catalog("text", "a"), &catalog("text", "b")),
            ["constraint on orders, UNIQUE (status): the model says it is called a, the database it is called b"]
        );
    }

    #[test]
    fn a_renamed_constraint_may_also_be_not_valid() {
        let mut found = catalog("text", "b");
        let constraints = found.tables.get_mut("orders").map(|table| &mut table.constraints);
        constraints.and_then(|all| all.get_mut("b")).expect("the constraint").valid = false;
        assert_eq!(
            sentences(&catalog("text", "a"), &found),
            [
                "constraint on orders, UNIQUE (status): the model says it is called a, the database it is called b",
                "constraint on orders, UNIQUE (status): the model says valid, the database not valid"
            ]
        );
    }

    #[test]
    fn missing_and_extra_tables_differ_in_words() {
        let (one, none) = (catalog("text", "a"), Catalog::default());
        assert_eq!(sentences(&one, &none), ["table orders: the model has it, the database does not"]);
        assert_eq!(sentences(&none, &one), ["table orders: the database has it, the model does not"]);
    }
}
