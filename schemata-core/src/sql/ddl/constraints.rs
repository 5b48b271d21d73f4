//! Writes the definitions of constraints, and gives each its name.

use std::fmt::Write;

use crate::ident::{Ident, quoted};
use crate::schema::{Exclude, ForeignKey, KeyOptions, ReferentialAction, Table, TypeKind, Unique, Validity};
use crate::sql::ddl::constraint_name::{exclude_name, primary_key_name};
use crate::sql::ddl::error::DdlError;
use crate::sql::ddl::index::{self, parameters};
use crate::sql::ddl::names::{self, TakenNames, list, qualified, space};
use crate::sql::literal::{self, quote_literal};

/// Returns the name space of checks and foreign keys: the table. The text cannot be the name of a schema.
fn own_space(schema: &Ident, table: &Table) -> String {
    format!("{} {}", space(schema, table), table.name)
}

pub(super) fn primary_key(schema: &Ident, table: &Table, taken: &mut TakenNames) -> Result<String, DdlError> {
    let name = primary_key_name(table);
    taken.take(space(schema, table), &name, format!("the primary key of {}", table.name))?;
    let columns = key(table.primary_key, &table.primary_key_options);
    Ok(format!("CONSTRAINT {} PRIMARY KEY {columns}", quoted(&name)))
}

pub(super) fn unique(
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
    Ok(format!("CONSTRAINT {} UNIQUE{nulls} {}", quoted(&name), key(unique.columns, &unique.options)))
}

/// Returns the columns of a key and its clauses.
fn key(columns: &[&str], options: &KeyOptions) -> String {
    let overlaps = if options.without_overlaps { " WITHOUT OVERLAPS" } else { "" };
    let mut text = format!("({}{overlaps})", list(columns));
    if !options.include.is_empty() {
        let _ = write!(text, " INCLUDE ({})", list(options.include));
    }
    text.push_str(options.deferral.sql());
    text
}

pub(super) fn exclude(schema: &Ident, table: &Table, of: &Exclude, taken: &mut TakenNames) -> Result<String, DdlError> {
    let name = exclude_name(table, of);
    taken.take(space(schema, table), &name, format!("an exclusion constraint of {}", table.name))?;
    let part = |of: &crate::schema::ExcludePart| format!("{} WITH {}", index::part(&of.part), of.operator);
    let parts: Vec<String> = of.parts.iter().map(part).collect();
    let using = of.using.map_or_else(String::new, |method| format!(" USING {}", quoted(method)));
    let mut text = format!("CONSTRAINT {} EXCLUDE{using} ({})", quoted(&name), parts.join(", "));
    if !of.include.is_empty() {
        let _ = write!(text, " INCLUDE ({})", list(of.include));
    }
    text.push_str(&parameters(of.with));
    if let Some(predicate) = of.predicate {
        let _ = write!(text, " WHERE ({})", literal::raw(predicate));
    }
    text.push_str(of.deferral.sql());
    Ok(text)
}

/// A check: a declared one, or one that restricts a text column to the labels of its Rust enum.
pub(super) struct CheckConstraint {
    name: String,
    condition: String,
    no_inherit: bool,
    validity: Validity,
}

impl CheckConstraint {
    pub(super) fn take_name(&self, schema: &Ident, table: &Table, taken: &mut TakenNames) -> Result<(), DdlError> {
        taken.take(&own_space(schema, table), &self.name, format!("check {} of {}", self.name, table.name))
    }

    /// Returns whether CREATE TABLE can create it.
    pub(super) fn is_inline(&self) -> bool {
        self.validity != Validity::NotValid
    }

    pub(super) fn definition(&self) -> String {
        let inherit = if self.no_inherit { " NO INHERIT" } else { "" };
        let (name, condition) = (quoted(&self.name), literal::raw(&self.condition));
        format!("CONSTRAINT {name} CHECK ({condition}){inherit}{}", validity(self.validity))
    }
}

/// Returns the checks of a table.
pub(super) fn checks(table: &Table) -> Vec<CheckConstraint> {
    let declared = table.checks.iter().map(|check| CheckConstraint {
        name: check.name.to_owned(),
        condition: check.sql.to_owned(),
        no_inherit: check.no_inherit,
        validity: check.validity,
    });
    let labelled = table.columns.iter().filter_map(|column| {
        let (labels, ty): (Vec<String>, _) = match column.sql_type.kind {
            TypeKind::CheckedText { labels } => (labels.iter().map(|label| quote_literal(label)).collect(), "text"),
            TypeKind::CheckedInteger { numbers } => {
                (numbers.iter().map(ToString::to_string).collect(), column.declared.unwrap_or(column.sql_type.name))
            }
            _ => return None,
        };
        let labels = labels.join(", ");
        let operator = if column.sql_type.array { "<@ ARRAY[" } else { "IN (" };
        let end = if column.sql_type.array { format!("]::{}[]", ty.trim_end_matches("[]")) } else { ")".to_owned() };
        Some(CheckConstraint {
            name: names::generated(table.name, &[column.name], "check"),
            condition: format!("{} {operator}{labels}{end}", quoted(column.name)),
            no_inherit: false,
            validity: Validity::Valid,
        })
    });
    declared.chain(labelled).collect()
}

pub(super) fn foreign_key(
    schema: &Ident,
    table: &Table,
    key: &ForeignKey,
    taken: &mut TakenNames,
) -> Result<String, DdlError> {
    let name = key.name.map_or_else(|| names::generated(table.name, key.columns, "fkey"), str::to_owned);
    taken.take(
        &own_space(schema, table),
        &name,
        format!("the foreign key of {} over {}", table.name, key.columns.join(", ")),
    )?;
    let columns = |names: &[&str]| match names.split_last() {
        Some((last, [])) if key.period => format!("PERIOD {}", quoted(last)),
        Some((last, rest)) if key.period => format!("{}, PERIOD {}", list(rest), quoted(last)),
        _ => list(names),
    };
    let mut text = format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
        quoted(&name),
        columns(key.columns),
        qualified(schema, (key.target)()),
        columns(key.target_columns)
    );
    if key.match_full {
        text.push_str(" MATCH FULL");
    }
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        let Some(action) = action_sql(action) else { continue };
        let _ = write!(text, " ON {event} {action}");
        if event == "DELETE" && !key.set_columns.is_empty() {
            let _ = write!(text, " ({})", list(key.set_columns));
        }
    }
    text.push_str(key.deferral.sql());
    text.push_str(validity(key.validity));
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

fn validity(of: Validity) -> &'static str {
    match of {
        Validity::Valid => "",
        Validity::NotValid => " NOT VALID",
        Validity::NotEnforced => " NOT ENFORCED",
    }
}
