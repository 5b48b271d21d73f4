//! Writes CREATE TABLE with its constraints, and COMMENT ON.

use std::fmt::Write;

use crate::ident::{Ident, quoted};
use crate::schema::{Column, ForeignKey, ReferentialAction, Table, TypeKind, Unique};
use crate::sql::ddl::error::DdlError;
use crate::sql::ddl::names::{self, TakenNames};
use crate::sql::ddl::order::TableToCreate;
use crate::sql::ddl::types::column_type;
use crate::sql::literal::{self, quote_literal};

/// Returns a table's qualified name.
pub(super) fn qualified(schema: &Ident, table: &Table) -> String {
    format!("{}.{}", quoted(table.schema.unwrap_or(schema.as_str())), quoted(table.name))
}

/// Returns quoted names, separated by commas.
pub(super) fn list(names: &[&str]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

/// Returns `CREATE TABLE …` with all constraints that it can contain.
pub(super) fn create(schema: &Ident, step: &TableToCreate, taken: &mut TakenNames) -> Result<String, DdlError> {
    let table = step.table;
    taken.take(space(schema, table), table.name, format!("table {}", table.name))?;
    let home = Ident::new(table.schema.unwrap_or(schema.as_str()))?;
    let mut parts: Vec<String> = Vec::new();
    for column in table.columns {
        Ident::new(column.name)?;
        parts.push(define(&home, column));
    }
    let pkey = primary_key_name(table);
    taken.take(space(schema, table), &pkey, format!("the primary key of {}", table.name))?;
    parts.push(format!("CONSTRAINT {} PRIMARY KEY ({})", quoted(&pkey), list(table.primary_key)));
    for unique in table.uniques {
        parts.push(unique_constraint(schema, table, unique, taken)?);
    }
    for (name, condition) in checks(table) {
        taken.take(&own_space(schema, table), &name, format!("check {name} of {}", table.name))?;
        parts.push(format!("CONSTRAINT {} CHECK ({})", quoted(&name), literal::raw(&condition)));
    }
    for key in &step.inline {
        parts.push(foreign_key(schema, table, key, taken)?);
    }
    Ok(format!("CREATE TABLE {} (\n  {}\n)", qualified(schema, table), parts.join(",\n  ")))
}

/// Returns `ALTER TABLE … ADD CONSTRAINT … FOREIGN KEY …` for a key that had to wait.
pub(super) fn add_foreign_key(
    schema: &Ident,
    table: &Table,
    key: &ForeignKey,
    taken: &mut TakenNames,
) -> Result<String, DdlError> {
    Ok(format!("ALTER TABLE {} ADD {}", qualified(schema, table), foreign_key(schema, table, key, taken)?))
}

/// Returns `COMMENT ON …` for the table and its columns.
pub(super) fn comments(schema: &Ident, table: &Table) -> Vec<String> {
    let name = qualified(schema, table);
    let mut statements = Vec::new();
    if let Some(text) = table.comment {
        statements.push(format!("COMMENT ON TABLE {name} IS {}", quote_literal(text)));
    }
    for column in table.columns {
        if let Some(text) = column.comment {
            statements.push(format!("COMMENT ON COLUMN {name}.{} IS {}", quoted(column.name), quote_literal(text)));
        }
    }
    statements
}

/// Returns the name of the primary key.
pub(super) fn primary_key_name(table: &Table) -> String {
    table.primary_key_name.map_or_else(|| names::generated(table.name, &[], "pkey"), str::to_owned)
}

/// Returns the name space of tables and indexes: the schema.
pub(super) fn space<'a>(schema: &'a Ident, table: &Table) -> &'a str {
    table.schema.unwrap_or(schema.as_str())
}

/// Returns the name space of checks and foreign keys: the table. The text cannot be the name of a schema.
fn own_space(schema: &Ident, table: &Table) -> String {
    format!("{} {}", space(schema, table), table.name)
}

fn define(home: &Ident, column: &Column) -> String {
    let mut text = format!("{} {}", quoted(column.name), column_type(home, column));
    if let Some(expression) = column.generated {
        let _ = write!(text, " GENERATED ALWAYS AS ({}) STORED", literal::raw(expression));
    }
    if let Some(identity) = column.identity {
        let _ = write!(text, " GENERATED {} AS IDENTITY", identity.sql());
    }
    if !column.nullable {
        text.push_str(" NOT NULL");
    }
    if let Some(default) = &column.default {
        let _ = write!(text, " DEFAULT {}", literal::default(default));
    }
    text
}

fn unique_constraint(
    schema: &Ident,
    table: &Table,
    unique: &Unique,
    taken: &mut TakenNames,
) -> Result<String, DdlError> {
    let name = unique.name.map_or_else(|| names::generated(table.name, unique.columns, "key"), str::to_owned);
    taken.take(
        space(schema, table),
        &name,
        format!("the unique constraint of {} over {}", table.name, unique.columns.join(", ")),
    )?;
    let nulls = if unique.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
    Ok(format!("CONSTRAINT {} UNIQUE{nulls} ({})", quoted(&name), list(unique.columns)))
}

/// Returns the declared checks, and those that restrict a column to the labels or numbers of its Rust enum.
fn checks(table: &Table) -> Vec<(String, String)> {
    let declared = table.checks.iter().map(|check| (check.name.to_owned(), check.sql.to_owned()));
    let labelled = table.columns.iter().filter_map(|column| {
        let (labels, ty): (Vec<String>, _) = match column.sql_type.kind {
            TypeKind::CheckedText { labels } => (labels.iter().map(|label| quote_literal(label)).collect(), "text"),
            TypeKind::CheckedInteger { numbers } => {
                (numbers.iter().map(ToString::to_string).collect(), column.declared.unwrap_or(column.sql_type.name))
            }
            _ => return None,
        };
        let labels = labels.join(", ");
        let name = names::generated(table.name, &[column.name], "check");
        let operator = if column.sql_type.array { "<@ ARRAY[" } else { "IN (" };
        let end = if column.sql_type.array { format!("]::{}[]", ty.trim_end_matches("[]")) } else { ")".to_owned() };
        Some((name, format!("{} {operator}{labels}{end}", quoted(column.name))))
    });
    declared.chain(labelled).collect()
}

fn foreign_key(schema: &Ident, table: &Table, key: &ForeignKey, taken: &mut TakenNames) -> Result<String, DdlError> {
    let name = key.name.map_or_else(|| names::generated(table.name, key.columns, "fkey"), str::to_owned);
    taken.take(
        &own_space(schema, table),
        &name,
        format!("the foreign key of {} over {}", table.name, key.columns.join(", ")),
    )?;
    let mut text = format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
        quoted(&name),
        list(key.columns),
        qualified(schema, (key.target)()),
        list(key.target_columns)
    );
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        if let Some(action) = action_sql(action) {
            let _ = write!(text, " ON {event} {action}");
        }
    }
    Ok(text)
}

fn action_sql(action: ReferentialAction) -> Option<&'static str> {
    match action {
        ReferentialAction::NoAction => None,
        ReferentialAction::Restrict => Some("RESTRICT"),
        ReferentialAction::Cascade => Some("CASCADE"),
        ReferentialAction::SetNull => Some("SET NULL"),
        ReferentialAction::SetDefault => Some("SET DEFAULT"),
    }
}
