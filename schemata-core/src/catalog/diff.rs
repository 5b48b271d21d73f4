//! How two catalogs differ, one sentence per difference.

use std::collections::BTreeMap;

use crate::catalog::object::Named;
use crate::catalog::sides::{Difference, Sides};
use crate::catalog::snapshot::{Catalog, ColumnState, EnumState, TableState, TriggerState};
use crate::catalog::words::{
    collation, comment, default, identity, inherits, logged, nullable, partitioned, row_security, short_type, valid,
};

/// How `found` differs from `expected`. Column order does not count.
///
/// What models cannot express is compared between migrations and database only. Triggers that the migrations know nothing of
/// are nobody's difference: tools put them on tables.
pub fn differences(expected: &Catalog, found: &Catalog, sides: Sides) -> Vec<Difference> {
    let mut report = Report { sides, all: Vec::new() };
    for (name, labels) in &expected.enums {
        match found.enums.get(name) {
            None => report.missing(&format!("enum {name}")),
            Some(others) => report.enumeration(&format!("enum {name}"), labels, others),
        }
    }
    report.surplus(&expected.enums, &found.enums, |name| format!("enum {name}"));
    for (name, table) in &expected.tables {
        match found.tables.get(name) {
            None => report.missing(&format!("table {name}")),
            Some(other) => report.table(name, table, other),
        }
    }
    report.surplus(&expected.tables, &found.tables, |name| format!("table {name}"));
    report.all
}

struct Report {
    sides: Sides,
    all: Vec<Difference>,
}

impl Report {
    fn say(&mut self, object: &str, sentence: String) {
        self.all.push(Difference { object: object.to_owned(), sentence });
    }

    fn missing(&mut self, object: &str) {
        self.say(object, self.sides.only_expected());
    }

    fn surplus<T>(
        &mut self,
        expected: &BTreeMap<String, T>,
        found: &BTreeMap<String, T>,
        object: impl Fn(&str) -> String,
    ) {
        for name in found.keys().filter(|name| !expected.contains_key(*name)) {
            self.say(&object(name), self.sides.only_found());
        }
    }

    fn value(&mut self, object: &str, what: &str, expected: &str, found: &str) {
        if expected != found {
            self.say(object, self.sides.apart(what, expected, found));
        }
    }

    fn enumeration(&mut self, object: &str, expected: &EnumState, found: &EnumState) {
        self.value(object, "", &expected.labels.join(", "), &found.labels.join(", "));
        if !self.sides.with_models() {
            self.value(object, "", &comment(expected.comment.as_ref()), &comment(found.comment.as_ref()));
        }
    }

    fn table(&mut self, name: &str, expected: &TableState, found: &TableState) {
        for (column, state) in &expected.columns {
            let object = format!("{name}.{column}");
            match found.columns.get(column) {
                None => self.missing(&object),
                Some(other) => self.column(&object, state, other),
            }
        }
        self.surplus(&expected.columns, &found.columns, |column| format!("{name}.{column}"));
        self.constraints(name, "constraint", &expected.constraints, &found.constraints);
        self.constraints(name, "index", &expected.indexes, &found.indexes);
        let object = format!("table {name}");
        self.value(&object, "", &comment(expected.comment.as_ref()), &comment(found.comment.as_ref()));
        if self.sides.with_models() {
            return;
        }
        self.value(&object, "", logged(expected), logged(found));
        self.value(&object, "", &partitioned(expected), &partitioned(found));
        self.value(&object, "", &inherits(expected), &inherits(found));
        self.value(&object, "", row_security(expected), row_security(found));
        self.policies(name, &expected.policies, &found.policies);
        self.triggers(name, &expected.triggers, &found.triggers);
    }

    fn column(&mut self, object: &str, expected: &ColumnState, found: &ColumnState) {
        let all = !self.sides.with_models();
        self.value(object, "", &short_type(&expected.sql_type), &short_type(&found.sql_type));
        self.value(object, "", nullable(expected, all), nullable(found, all));
        if all || !expected.numbers_like(found) {
            self.value(object, "", &default(expected, all), &default(found, all));
        }
        self.value(object, "", &identity(expected, all), &identity(found, all));
        if all {
            self.value(object, "", &collation(expected), &collation(found));
        }
        self.value(object, "", &comment(expected.comment.as_ref()), &comment(found.comment.as_ref()));
    }

    /// By name; what is only called otherwise is said to be so.
    fn constraints<T: Named>(
        &mut self,
        table: &str,
        kind: &str,
        expected: &BTreeMap<String, T>,
        found: &BTreeMap<String, T>,
    ) {
        let alone = self.sides.with_models();
        let mut renamed: Vec<&String> = Vec::new();
        for (name, state) in expected {
            let object = format!("{kind} {name} on {table}");
            if let Some(other) = found.get(name) {
                let beyond = !(state.is_expressible() && other.is_expressible());
                let same = state.is_same(other) || alone && beyond && state.looks_like(other);
                if !same {
                    self.value(&object, "", state.definition(), other.definition());
                }
                self.value(&object, "", valid(state.is_valid()), valid(other.is_valid()));
                continue;
            }
            let other_name = found
                .iter()
                .find(|(name, other)| other.is_same(state) && !expected.contains_key(*name) && !renamed.contains(name))
                .map(|(name, _)| name);
            if let Some(other) = other_name {
                self.value(&format!("{kind} on {table}, {}", state.definition()), "it is called ", name, other);
                renamed.push(other);
            } else if state.is_expressible() || !alone {
                self.missing(&format!("{object}, {}", state.definition()));
            }
        }
        for (name, state) in found.iter().filter(|(name, _)| !expected.contains_key(*name) && !renamed.contains(name)) {
            if state.is_expressible() || !alone {
                self.say(&format!("{kind} {name} on {table}, {}", state.definition()), self.sides.only_found());
            }
        }
    }

    fn policies(&mut self, table: &str, expected: &BTreeMap<String, String>, found: &BTreeMap<String, String>) {
        for (name, clauses) in expected {
            let object = format!("policy {name} on {table}");
            match found.get(name) {
                None => self.missing(&object),
                Some(other) => self.value(&object, "", clauses, other),
            }
        }
        self.surplus(expected, found, |name| format!("policy {name} on {table}"));
    }

    fn triggers(
        &mut self,
        table: &str,
        expected: &BTreeMap<String, TriggerState>,
        found: &BTreeMap<String, TriggerState>,
    ) {
        for (name, state) in expected {
            let object = format!("trigger {name} on {table}");
            match found.get(name) {
                None => self.missing(&object),
                Some(other) => {
                    self.value(&object, "", &state.definition, &other.definition);
                    self.value(&object, "it is ", &state.fires, &other.fires);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::object::{ConstraintKind, ConstraintState};
    use crate::catalog::sides::Side;
    use crate::catalog::snapshot::TypeName;

    const SIDES: Sides = Sides { expected: Side::Model, found: Side::Database };

    fn catalog(sql_type: &str, constraint: &str) -> Catalog {
        let column = ColumnState {
            position: 1,
            sql_type: sql_type.to_owned(),
            base: TypeName::default(),
            nullable: false,
            unchecked: false,
            default: None,
            serial: false,
            generated: None,
            identity: None,
            sequence: None,
            owned_sequence: None,
            collation: None,
            comment: None,
            needs: Vec::new(),
        };
        let unique = ConstraintState {
            definition: "UNIQUE (status)".to_owned(),
            valid: true,
            kind: ConstraintKind::Unique { nulls_not_distinct: false },
            columns: vec!["status".to_owned()],
            deferrable: false,
            deferred: false,
            further: Vec::new(),
            needs: Vec::new(),
        };
        let table = TableState {
            columns: [("status".to_owned(), column)].into(),
            constraints: [(constraint.to_owned(), unique)].into(),
            ..TableState::default()
        };
        Catalog { tables: [("orders".to_owned(), table)].into(), ..Catalog::default() }
    }

    fn said(expected: &Catalog, found: &Catalog) -> Vec<String> {
        differences(expected, found, SIDES).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn equal_catalogs_have_nothing_to_say() {
        let one = catalog("text", "a");
        assert!(said(&one, &one).is_empty());
    }

    #[test]
    fn a_type_differs_in_one_sentence() {
        assert_eq!(
            said(&catalog("character varying(20)", "a"), &catalog("character varying(10)", "a")),
            ["orders.status: the model says varchar(20), the database varchar(10)"]
        );
    }

    #[test]
    fn a_constraint_of_another_name_is_not_taken_for_two() {
        assert_eq!(
            said(&catalog("text", "a"), &catalog("text", "b")),
            ["constraint on orders, UNIQUE (status): the model says it is called a, the database it is called b"]
        );
    }

    #[test]
    fn missing_and_surplus_tables_are_told_apart() {
        let (one, none) = (catalog("text", "a"), Catalog::default());
        assert_eq!(said(&one, &none), ["table orders: the model has it, the database does not"]);
        assert_eq!(said(&none, &one), ["table orders: the database has it, the model does not"]);
    }
}
