//! Writes CREATE INDEX.

use std::fmt::Write;

use crate::ident::{Ident, quoted};
use crate::schema::{Index, IndexPart, Indexed, NullsOrder, Table};
use crate::sql::ddl::constraint_name::index_name;
use crate::sql::ddl::error::DdlError;
use crate::sql::ddl::names::{TakenNames, list, qualified, space};
use crate::sql::literal::{quote_literal, raw};

/// Returns `CREATE [UNIQUE] INDEX … ON …`. PostgreSQL requires its clauses in this order: USING, columns, INCLUDE, NULLS
/// NOT DISTINCT, WITH, WHERE.
pub(super) fn create(schema: &Ident, table: &Table, index: &Index, taken: &mut TakenNames) -> Result<String, DdlError> {
    let name = index.name.map_or_else(|| index_name(table, index.parts.iter(), "idx"), str::to_owned);
    taken.take(space(schema, table), &name, format!("an index of {}", table.name))?;
    let parts: Vec<String> = index.parts.iter().map(part).collect();
    let mut text = format!(
        "CREATE {}INDEX {} ON {}",
        if index.unique { "UNIQUE " } else { "" },
        quoted(&name),
        qualified(schema, table)
    );
    if let Some(method) = index.using {
        let _ = write!(text, " USING {}", quoted(method));
    }
    let _ = write!(text, " ({})", parts.join(", "));
    if !index.include.is_empty() {
        let _ = write!(text, " INCLUDE ({})", list(index.include));
    }
    if index.nulls_not_distinct {
        text.push_str(" NULLS NOT DISTINCT");
    }
    text.push_str(&parameters(index.with));
    if let Some(predicate) = index.predicate {
        let _ = write!(text, " WHERE {}", raw(predicate));
    }
    Ok(text)
}

/// Returns `"status" COLLATE "C" "text_pattern_ops" DESC NULLS LAST`.
pub(super) fn part(part: &IndexPart) -> String {
    let mut text = match part.of {
        Indexed::Column(name) => quoted(name),
        Indexed::Expression(sql) => format!("({})", raw(sql)),
    };
    if let Some(collation) = part.collation {
        let _ = write!(text, " COLLATE {}", quoted(collation));
    }
    if let Some(class) = part.opclass {
        let (name, parameters) = class.find('(').map_or((class, ""), |at| class.split_at(at));
        let name: Vec<String> = name.trim().split('.').map(quoted).collect();
        let _ = write!(text, " {}{}", name.join("."), raw(parameters));
    }
    if part.descending {
        text.push_str(" DESC");
    }
    match part.nulls {
        Some(NullsOrder::First) => text.push_str(" NULLS FIRST"),
        Some(NullsOrder::Last) => text.push_str(" NULLS LAST"),
        None => {}
    }
    text
}

/// Returns ` WITH (…)`, or nothing.
pub(super) fn parameters(all: &[(&str, &str)]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let one = |(name, value): &(&str, &str)| {
        // `toast.autovacuum_enabled` is a parameter of the table's TOAST table.
        let name: Vec<String> = name.split('.').map(quoted).collect();
        format!("{} = {}", name.join("."), quote_literal(value))
    };
    format!(" WITH ({})", all.iter().map(one).collect::<Vec<_>>().join(", "))
}
