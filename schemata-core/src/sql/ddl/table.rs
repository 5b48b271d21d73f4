//! Writes CREATE TABLE, its columns, and what has to follow it: constraints that CREATE TABLE cannot create, settings of
//! columns, and comments.

use std::fmt::Write;

use crate::ident::{Ident, quoted};
use crate::schema::{Column, ConstraintRef, ForeignKey, SequenceOptions, Table, Validity};
use crate::sql::ddl::constraint_name::constraint_name;
use crate::sql::ddl::constraints;
use crate::sql::ddl::error::DdlError;
use crate::sql::ddl::index::parameters;
use crate::sql::ddl::names::{self, TakenNames, qualified, space};
use crate::sql::ddl::order::TableToCreate;
use crate::sql::ddl::types::{column_type, sequence_type};
use crate::sql::literal::{self, quote_literal};

/// Returns `CREATE TABLE …` with all constraints that it can contain.
pub(super) fn create(schema: &Ident, step: &TableToCreate, taken: &mut TakenNames) -> Result<String, DdlError> {
    let table = step.table;
    taken.take(space(schema, table), table.name, format!("table {}", table.name))?;
    let home = Ident::new(table.schema.unwrap_or(schema.as_str()))?;
    let mut parts: Vec<String> = Vec::new();
    for column in table.columns {
        Ident::new(column.name)?;
        parts.push(define(schema, table, &home, column));
    }
    if !table.primary_key.is_empty() {
        parts.push(constraints::primary_key(schema, table, taken)?);
    }
    for unique in table.uniques {
        parts.push(constraints::unique(schema, table, unique, taken)?);
    }
    for check in constraints::checks(table) {
        check.take_name(schema, table, taken)?;
        parts.extend(check.is_inline().then(|| check.definition()));
    }
    for exclude in table.excludes {
        parts.push(constraints::exclude(schema, table, exclude, taken)?);
    }
    for key in &step.inline {
        let definition = constraints::foreign_key(schema, table, key, taken)?;
        parts.extend((key.validity != Validity::NotValid).then_some(definition));
    }
    let unlogged = if table.unlogged { "UNLOGGED " } else { "" };
    let with = parameters(table.with);
    Ok(format!("CREATE {unlogged}TABLE {} (\n  {}\n){with}", qualified(schema, table), parts.join(",\n  ")))
}

/// Returns what has to follow CREATE TABLE: constraints that are NOT VALID, since CREATE TABLE makes all constraints
/// valid, the owners of sequences, and settings of columns.
pub(super) fn after(schema: &Ident, step: &TableToCreate) -> Result<Vec<String>, DdlError> {
    let (table, name) = (step.table, qualified(schema, step.table));
    let mut statements = Vec::new();
    for check in constraints::checks(table).iter().filter(|check| !check.is_inline()) {
        statements.push(format!("ALTER TABLE {name} ADD {}", check.definition()));
    }
    for key in step.inline.iter().filter(|key| key.validity == Validity::NotValid) {
        let definition = constraints::foreign_key(schema, table, key, &mut TakenNames::default())?;
        statements.push(format!("ALTER TABLE {name} ADD {definition}"));
    }
    for column in table.columns {
        let quoted_column = quoted(column.name);
        if let Some(constraint) = column.not_null.filter(|constraint| constraint.not_valid) {
            let constraint_name = not_null_name(table, column);
            let inherit = if constraint.no_inherit { " NO INHERIT" } else { "" };
            statements.push(format!(
                "ALTER TABLE {name} ADD CONSTRAINT {} NOT NULL {quoted_column}{inherit} NOT VALID",
                quoted(&constraint_name)
            ));
        }
        if own_sequence(column).is_some() {
            let sequence = sequence_name(schema, table, column);
            statements.push(format!("ALTER SEQUENCE {sequence} OWNED BY {name}.{quoted_column}"));
        }
        statements.extend(
            column_settings(column)
                .into_iter()
                .map(|setting| format!("ALTER TABLE {name} ALTER COLUMN {quoted_column} {setting}")),
        );
    }
    Ok(statements)
}

/// Returns the actions of ALTER COLUMN that CREATE TABLE has no clauses for in every major version.
fn column_settings(column: &Column) -> Vec<String> {
    let mut settings = Vec::new();
    settings.extend(column.storage.map(|storage| format!("SET STORAGE {}", storage.sql())));
    settings.extend(column.compression.map(|method| format!("SET COMPRESSION {}", quoted(method))));
    settings.extend(column.statistics.map(|target| format!("SET STATISTICS {target}")));
    if !column.with.is_empty() {
        settings.push(format!("SET{}", parameters(column.with).trim_start_matches(" WITH")));
    }
    settings
}

/// Returns the statements that create the sequences of `serial` columns with options, which have to exist before the
/// table.
pub(super) fn sequences(schema: &Ident, table: &Table, taken: &mut TakenNames) -> Result<Vec<String>, DdlError> {
    let mut statements = Vec::new();
    for (column, options) in table.columns.iter().filter_map(|column| Some((column, own_sequence(column)?))) {
        let name = names::generated(table.name, &[column.name], "seq");
        taken.take(space(schema, table), &name, format!("the sequence of {}.{}", table.name, column.name))?;
        let sql_type = options.sql_type.unwrap_or_else(|| sequence_type(column));
        let options = SequenceOptions { sql_type: None, ..options }.sql();
        let name = sequence_name(schema, table, column);
        statements.push(format!("CREATE SEQUENCE {name} AS {sql_type} {options}").trim_end().to_owned());
    }
    Ok(statements)
}

/// Returns the names of the sequences that [`sequences`] creates.
pub(super) fn sequence_names(table: &Table) -> impl Iterator<Item = String> {
    let numbered = table.columns.iter().filter(|column| own_sequence(column).is_some());
    numbered.map(|column| names::generated(table.name, &[column.name], "seq"))
}

/// Returns the options of a `serial` column's sequence, if it has some.
fn own_sequence(column: &Column) -> Option<SequenceOptions> {
    column.sequence.filter(|_| column.serial)
}

fn sequence_name(schema: &Ident, table: &Table, column: &Column) -> String {
    format!("{}.{}", quoted(space(schema, table)), quoted(&names::generated(table.name, &[column.name], "seq")))
}

/// Returns the name of a column's NOT NULL constraint.
fn not_null_name(table: &Table, column: &Column) -> String {
    let declared = column.not_null.and_then(|constraint| constraint.name);
    declared.map_or_else(|| names::generated(table.name, &[column.name], "not_null"), str::to_owned)
}

/// Returns `ALTER TABLE … ADD CONSTRAINT … FOREIGN KEY …` for a key that had to wait.
pub(super) fn add_foreign_key(
    schema: &Ident,
    table: &Table,
    key: &ForeignKey,
    taken: &mut TakenNames,
) -> Result<String, DdlError> {
    Ok(format!("ALTER TABLE {} ADD {}", qualified(schema, table), constraints::foreign_key(schema, table, key, taken)?))
}

/// Returns `COMMENT ON …` for the table and everything in it.
pub(super) fn comments(schema: &Ident, table: &Table) -> Vec<String> {
    let name = qualified(schema, table);
    let mut statements = Vec::new();
    let mut comment = |object: String, text: &str| {
        statements.push(format!("COMMENT ON {object} IS {}", quote_literal(text)));
    };
    if let Some(text) = table.comment {
        comment(format!("TABLE {name}"), text);
    }
    for column in table.columns {
        if let Some(text) = column.comment {
            comment(format!("COLUMN {name}.{}", quoted(column.name)), text);
        }
        if let Some(text) = column.not_null.and_then(|constraint| constraint.comment) {
            comment(format!("CONSTRAINT {} ON {name}", quoted(&not_null_name(table, column))), text);
        }
    }
    for (constraint, text) in commented(table) {
        let Some(own) = constraint_name(table, constraint) else { continue };
        match constraint {
            ConstraintRef::Index(_) => {
                comment(format!("INDEX {}.{}", quoted(space(schema, table)), quoted(&own)), text);
            }
            _ => comment(format!("CONSTRAINT {} ON {name}", quoted(&own)), text),
        }
    }
    statements
}

/// Returns the constraints and indexes with a comment.
fn commented(table: &Table) -> Vec<(ConstraintRef, &'static str)> {
    let key = [(ConstraintRef::PrimaryKey, table.primary_key_options.comment)].into_iter();
    let uniques = table.uniques.iter().enumerate().map(|(at, one)| (ConstraintRef::Unique(at), one.options.comment));
    let checks = table.checks.iter().enumerate().map(|(at, one)| (ConstraintRef::Check(at), one.comment));
    let keys = table.foreign_keys.iter().enumerate().map(|(at, one)| (ConstraintRef::ForeignKey(at), one.comment));
    let excludes = table.excludes.iter().enumerate().map(|(at, one)| (ConstraintRef::Exclude(at), one.comment));
    let indexes = table.indexes.iter().enumerate().map(|(at, one)| (ConstraintRef::Index(at), one.comment));
    let all = key.chain(uniques).chain(checks).chain(keys).chain(excludes).chain(indexes);
    all.filter_map(|(constraint, text)| Some((constraint, text?))).collect()
}

fn define(schema: &Ident, table: &Table, home: &Ident, column: &Column) -> String {
    let mut text = format!("{} {}", quoted(column.name), column_type(home, column));
    if let Some(collation) = column.collation {
        let _ = write!(text, " COLLATE {}", quoted(collation));
    }
    if let Some(expression) = column.generated {
        let kept = if column.is_virtual { "VIRTUAL" } else { "STORED" };
        let _ = write!(text, " GENERATED ALWAYS AS ({}) {kept}", literal::raw(expression));
    }
    if let Some(identity) = column.identity {
        let _ = write!(text, " GENERATED {} AS IDENTITY", identity.sql());
        if let Some(options) = column.sequence {
            let _ = write!(text, " ({})", options.sql());
        }
    }
    if !column.nullable {
        if column.not_null.is_some_and(|constraint| constraint.name.is_some()) {
            let _ = write!(text, " CONSTRAINT {}", quoted(&not_null_name(table, column)));
        }
        text.push_str(" NOT NULL");
        if column.not_null.is_some_and(|constraint| constraint.no_inherit) {
            text.push_str(" NO INHERIT");
        }
    }
    if let Some(default) = &column.default {
        let _ = write!(text, " DEFAULT {}", literal::default(default));
    }
    if own_sequence(column).is_some() {
        let _ = write!(text, " DEFAULT nextval({})", quote_literal(&sequence_name(schema, table, column)));
    }
    text
}
