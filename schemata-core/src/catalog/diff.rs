//! How two catalogs differ, one sentence a difference.

use std::collections::BTreeMap;
use std::fmt;

use crate::catalog::snapshot::{Catalog, ColumnState, ConstraintState, TableState};

/// What the two catalogs are called in sentences.
#[derive(Debug, Clone, Copy)]
pub struct Sides {
    /// What should be.
    pub expected: Side,
    /// What is.
    pub found: Side,
}

/// What a catalog was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Side {
    /// The models' own DDL.
    Model,
    /// A replay of the migrations.
    Migrations,
    /// A live database.
    Database,
}

impl Side {
    /// Its name, and its verbs: plural where it is.
    fn words(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Model => ("the model", "says", "has", "does"),
            Self::Migrations => ("the migrations", "say", "have", "do"),
            Self::Database => ("the database", "says", "has", "does"),
        }
    }
}

/// "the model has it, the database does not".
fn only(one: Side, other: Side) -> String {
    let ((has_it, _, has, _), (lacks_it, _, _, does)) = (one.words(), other.words());
    format!("{has_it} {has} it, {lacks_it} {does} not")
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The object, like `orders.status`.
    pub object: String,
    /// What differs.
    pub sentence: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.object, self.sentence)
    }
}

/// How `found` differs from `expected`. Column order does not count; what models cannot express is not compared.
pub fn differences(expected: &Catalog, found: &Catalog, sides: Sides) -> Vec<Difference> {
    let mut report = Report { sides, all: Vec::new() };
    for (name, labels) in &expected.enums {
        match found.enums.get(name) {
            None => report.missing(&format!("enum {name}")),
            Some(others) => report.value(&format!("enum {name}"), "", &labels.join(", "), &others.join(", ")),
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
        self.say(object, only(self.sides.expected, self.sides.found));
    }

    fn surplus<T>(
        &mut self,
        expected: &BTreeMap<String, T>,
        found: &BTreeMap<String, T>,
        object: impl Fn(&str) -> String,
    ) {
        for name in found.keys().filter(|name| !expected.contains_key(*name)) {
            self.say(&object(name), only(self.sides.found, self.sides.expected));
        }
    }

    /// "the model says varchar(20), the database varchar(10)", with `what` before each where it needs a word.
    fn value(&mut self, object: &str, what: &str, expected: &str, found: &str) {
        if expected != found {
            let ((one, says, ..), (other, ..)) = (self.sides.expected.words(), self.sides.found.words());
            self.say(object, format!("{one} {says} {what}{expected}, {other} {what}{found}"));
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
        self.value(&format!("table {name}"), "", &comment(expected.comment.as_ref()), &comment(found.comment.as_ref()));
    }

    fn column(&mut self, object: &str, expected: &ColumnState, found: &ColumnState) {
        self.value(object, "", &short_type(&expected.sql_type), &short_type(&found.sql_type));
        self.value(object, "", nullable(expected), nullable(found));
        self.value(object, "", &default(expected), &default(found));
        self.value(object, "", &identity(expected), &identity(found));
        self.value(object, "", &comment(expected.comment.as_ref()), &comment(found.comment.as_ref()));
    }

    /// By name; what is only called otherwise is said to be so.
    fn constraints(
        &mut self,
        table: &str,
        kind: &str,
        expected: &BTreeMap<String, ConstraintState>,
        found: &BTreeMap<String, ConstraintState>,
    ) {
        let mut renamed: Vec<&String> = Vec::new();
        for (name, state) in expected {
            let object = format!("{kind} {name} on {table}");
            if let Some(other) = found.get(name) {
                self.value(&object, "", &state.definition, &other.definition);
                self.value(&object, "", valid(state), valid(other));
                continue;
            }
            let other_name = found
                .iter()
                .find(|(name, other)| {
                    other.definition == state.definition && !expected.contains_key(*name) && !renamed.contains(name)
                })
                .map(|(name, _)| name);
            if let Some(other) = other_name {
                self.value(&format!("{kind} on {table}, {}", state.definition), "it is called ", name, other);
                renamed.push(other);
            } else {
                self.missing(&format!("{object}, {}", state.definition));
            }
        }
        for (name, state) in found.iter().filter(|(name, _)| !expected.contains_key(*name) && !renamed.contains(name)) {
            let sentence = only(self.sides.found, self.sides.expected);
            self.say(&format!("{kind} {name} on {table}, {}", state.definition), sentence);
        }
    }
}

/// PostgreSQL prints the standard's long names; people write the short ones.
fn short_type(name: &str) -> String {
    name.replace("character varying", "varchar")
        .replace("timestamp with time zone", "timestamptz")
        .replace("timestamp without time zone", "timestamp")
        .replace("time without time zone", "time")
        .replace("character(", "char(")
}

fn nullable(column: &ColumnState) -> &'static str {
    if column.nullable { "nullable" } else { "NOT NULL" }
}

fn default(column: &ColumnState) -> String {
    match (&column.default, column.generated) {
        (None, _) => "no default".to_owned(),
        (Some(expression), true) => format!("generated as {expression}"),
        (Some(expression), false) => format!("default {expression}"),
    }
}

fn identity(column: &ColumnState) -> String {
    column.identity.as_ref().map_or_else(|| "no identity".to_owned(), |when| format!("identity {when}"))
}

fn comment(text: Option<&String>) -> String {
    text.map_or_else(|| "no comment".to_owned(), |text| format!("comment {text:?}"))
}

fn valid(state: &ConstraintState) -> &'static str {
    if state.valid { "valid" } else { "not valid" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDES: Sides = Sides { expected: Side::Model, found: Side::Database };

    fn catalog(sql_type: &str, constraint: &str) -> Catalog {
        let column = ColumnState {
            sql_type: sql_type.to_owned(),
            nullable: false,
            default: None,
            generated: false,
            identity: None,
            comment: None,
        };
        let unique = ConstraintState { definition: "UNIQUE (status)".to_owned(), valid: true };
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
