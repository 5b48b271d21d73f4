//! Puts migrations in an order in which each module runs after the modules whose tables it references.
//!
//! The tables that a module makes and references are read from its recorded statements, so a migration counts up to its
//! first read. Between independent modules, the ids decide.

use std::collections::BTreeMap;

use crate::migrate::error::{MigrateError, ModuleLink};
use crate::migrate::migration::entry::MigrationEntry;
use crate::qualified_name::QualifiedName;
use crate::sql::dependencies::Dependencies;

/// For each module, the modules that it has to follow, each with the reason.
type Links<'a> = BTreeMap<&'a str, BTreeMap<&'a str, ModuleLink>>;

/// Returns the positions of `all`, which are in the order of their ids, so that every module follows those it needs. Tables
/// without a schema, and those in `schemas`, are in the migrated schema.
///
/// # Errors
/// [`MigrateError::ModuleCycle`].
pub(crate) fn order(all: &[(MigrationEntry, &Dependencies)], schemas: &[&str]) -> Result<Vec<usize>, MigrateError> {
    let links = links(all, schemas);
    if let Some(links) = cycle(&links) {
        return Err(MigrateError::ModuleCycle { links });
    }
    let mut waiting: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, (entry, _)) in all.iter().enumerate().rev() {
        waiting.entry(entry.module).or_default().push(at);
    }
    let mut ordered = Vec::with_capacity(all.len());
    while ordered.len() < all.len() {
        let ready =
            |module: &str| links.get(module).is_none_or(|before| before.keys().all(|other| waiting[other].is_empty()));
        let next = waiting
            .iter()
            .filter(|(module, _)| ready(module))
            .filter_map(|(module, left)| Some((*left.last()?, *module)));
        let (at, module) = next.min().expect("without a cycle, a module is ready");
        ordered.push(at);
        waiting.entry(module).or_default().pop();
    }
    Ok(ordered)
}

/// Finds which module has to follow which. The first reference between two modules is the reason given.
fn links<'a>(all: &[(MigrationEntry, &'a Dependencies)], schemas: &[&str]) -> Links<'a> {
    let own = |table: &'a QualifiedName| {
        let named = table.schema.as_deref().filter(|named| !schemas.contains(named));
        (named, table.name.as_str())
    };
    let mut makers: BTreeMap<(Option<&str>, &str), Vec<&'static str>> = BTreeMap::new();
    for (entry, dependencies) in all {
        for table in &dependencies.creates {
            makers.entry(own(table)).or_default().push(entry.module);
        }
    }
    let mut links: Links<'a> = BTreeMap::new();
    for (entry, dependencies) in all {
        let keys = dependencies.references.iter().map(|key| (&key.table, key.columns.clone(), &key.target));
        let alters = dependencies.alters.iter().map(|table| (table, Vec::new(), table));
        for (table, columns, target) in keys.chain(alters) {
            let Some(makers) = makers.get(&own(target)).filter(|makers| !makers.contains(&entry.module)) else {
                continue;
            };
            links.entry(entry.module).or_default().entry(makers[0]).or_insert_with(|| ModuleLink {
                module: entry.module.to_owned(),
                table: table.name.clone(),
                columns,
                target_module: makers[0].to_owned(),
                target: target.name.clone(),
            });
        }
    }
    links
}

/// Returns the shortest path of links from a module back to itself.
fn cycle(links: &Links<'_>) -> Option<Vec<ModuleLink>> {
    links.keys().filter_map(|module| path_back(links, module)).min_by_key(Vec::len)
}

fn path_back(links: &Links<'_>, start: &str) -> Option<Vec<ModuleLink>> {
    let mut open: Vec<Vec<&ModuleLink>> = links.get(start)?.values().map(|link| vec![link]).collect();
    let mut seen: Vec<&str> = Vec::new();
    while !open.is_empty() {
        let mut further = Vec::new();
        for path in open {
            let end = path.last().expect("no path is empty").target_module.as_str();
            if end == start {
                return Some(path.into_iter().cloned().collect());
            }
            if !seen.contains(&end) {
                seen.push(end);
                let steps = links.get(end).into_iter().flat_map(BTreeMap::values);
                further.extend(steps.map(|link| path.iter().copied().chain([link]).collect::<Vec<_>>()));
            }
        }
        open = further;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order_of(all: &[(&'static str, &'static str, &str)]) -> Result<Vec<String>, String> {
        let mut entries: Vec<(MigrationEntry, Dependencies)> = all
            .iter()
            .map(|(module, id, sql)| {
                let entry = MigrationEntry::new(module, id, |_| Box::pin(async { Ok(()) }), "", 0);
                (entry, Dependencies::of([*sql]))
            })
            .collect();
        entries.sort_by(|a, b| a.0.order(&b.0));
        let items: Vec<_> = entries.iter().map(|(entry, dependencies)| (*entry, dependencies)).collect();
        let order = order(&items, &["public"]).map_err(|cycle| cycle.to_string())?;
        Ok(order.into_iter().map(|at| format!("{}:{}", entries[at].0.module, entries[at].0.id)).collect())
    }

    #[test]
    fn independent_modules_keep_the_order_of_ids() {
        let order = order_of(&[("b", "1", "CREATE TABLE b (a int)"), ("a", "2", ""), ("b", "3", ""), ("a", "1", "")]);
        assert_eq!(order.expect("no cycle"), ["a:1", "b:1", "a:2", "b:3"]);
    }

    #[test]
    fn a_module_follows_whole_those_it_references_and_others_stay_where_they_were() {
        let order = order_of(&[
            ("app", "1", "CREATE TABLE orders (id int, customer_id int REFERENCES public.customers)"),
            ("app", "2", ""),
            ("crm", "2", "CREATE TABLE customers (id int)"),
            ("crm", "9", ""),
            ("mail", "3", "CREATE TABLE mails (a int)"),
            ("mail", "10", ""),
        ]);
        assert_eq!(order.expect("no cycle"), ["crm:2", "mail:3", "crm:9", "app:1", "app:2", "mail:10"]);
    }

    #[test]
    fn chains_hold_and_an_altered_table_counts() {
        let order = order_of(&[
            ("a", "1", "ALTER TABLE b ADD COLUMN x int"),
            ("b", "1", "CREATE TABLE b (c int REFERENCES c)"),
            ("c", "1", "CREATE TABLE c (a int)"),
            ("d", "1", "CREATE TABLE d (a int REFERENCES elsewhere.c)"),
        ]);
        assert_eq!(order.expect("no cycle"), ["c:1", "b:1", "a:1", "d:1"]);
    }

    #[test]
    fn a_cycle_is_named_with_its_foreign_keys() {
        let message = order_of(&[
            ("shop", "1", "CREATE TABLE orders (customer_id int REFERENCES customers)"),
            ("crm", "1", "CREATE TABLE customers (a int, b int, FOREIGN KEY (a, b) REFERENCES orders)"),
            ("app", "1", "CREATE TABLE x (order_id int REFERENCES orders)"),
        ]);
        assert_eq!(
            message.expect_err("a cycle"),
            "the modules crm and shop cannot be ordered, since their tables depend on each other: \
             crm.customers.(a, b) → shop.orders, shop.orders.customer_id → crm.customers; add one of these foreign keys \
             in a module of its own, which then runs after both"
        );
    }
}
