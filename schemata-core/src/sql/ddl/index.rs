//! CREATE INDEX.

use std::fmt::Write;

use crate::ident::{Ident, quoted};
use crate::schema::{Index, IndexOrder, IndexPart, Table};
use crate::sql::ddl::error::DdlError;
use crate::sql::ddl::names::{self, Names};
use crate::sql::ddl::table::{list, qualified, space};
use crate::sql::literal::raw;

/// `CREATE [UNIQUE] INDEX … ON …`. PostgreSQL wants its clauses in this order: USING, columns, INCLUDE, WHERE.
pub(super) fn create(schema: &Ident, table: &Table, index: &Index, taken: &mut Names) -> Result<String, DdlError> {
    let name = index.name.map_or_else(|| generated(table, index), str::to_owned);
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
    if let Some(predicate) = index.predicate {
        let _ = write!(text, " WHERE {}", raw(predicate));
    }
    Ok(text)
}

fn part(part: &IndexPart) -> String {
    match part {
        IndexPart::Column(name, IndexOrder::Ascending) => quoted(name),
        IndexPart::Column(name, IndexOrder::Descending) => format!("{} DESC", quoted(name)),
        IndexPart::Expression(sql) => format!("({})", raw(sql)),
    }
}

/// PostgreSQL calls an expression `expr` in the names it makes.
pub(super) fn generated(table: &Table, index: &Index) -> String {
    let parts: Vec<&str> = index
        .parts
        .iter()
        .map(|part| match part {
            IndexPart::Column(name, _) => name,
            IndexPart::Expression(_) => "expr",
        })
        .collect();
    names::generated(table.name, &parts, "idx")
}
