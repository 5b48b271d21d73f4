//! Orders tables so that parents are created before their children.

use std::collections::HashSet;

use crate::ident::Ident;
use crate::schema::{ForeignKey, Table};
use crate::sql::ddl::error::DdlError;

/// A table to create, and its foreign keys that have to wait until all tables exist.
pub(super) struct TableToCreate {
    pub(super) table: &'static Table,
    pub(super) inline: Vec<&'static ForeignKey>,
    pub(super) deferred: Vec<&'static ForeignKey>,
}

type Name<'a> = (&'a str, &'static str);

fn name<'a>(schema: &'a Ident, table: &'static Table) -> Name<'a> {
    (table.schema.unwrap_or(schema.as_str()), table.name)
}

/// Orders `tables`. Where foreign keys leave a choice, the given order stays. Tables that are not listed exist already.
pub(super) fn order(schema: &Ident, tables: &[&'static Table]) -> Result<Vec<TableToCreate>, DdlError> {
    let mut listed = HashSet::new();
    for table in tables {
        let (schema, table) = name(schema, table);
        if !listed.insert((schema, table)) {
            return Err(DdlError::RepeatedTable { table: format!("{schema}.{table}") });
        }
    }
    let mut waiting: Vec<&'static Table> = tables.to_vec();
    let mut created: HashSet<Name<'_>> = HashSet::new();
    let mut plan = Vec::with_capacity(tables.len());
    while !waiting.is_empty() {
        let exists = |table: &'static Table, key: &ForeignKey| {
            let target = name(schema, (key.target)());
            target == name(schema, table) || created.contains(&target) || !listed.contains(&target)
        };
        let ready = waiting.iter().position(|table| table.foreign_keys.iter().all(|key| exists(table, key)));
        // Nothing is ready: the tables form a cycle. Break it at the table that is listed first.
        let table = waiting.remove(ready.unwrap_or(0));
        let (inline, deferred) = table.foreign_keys.iter().partition(|key| exists(table, key));
        created.insert(name(schema, table));
        plan.push(TableToCreate { table, inline, deferred });
    }
    Ok(plan)
}
