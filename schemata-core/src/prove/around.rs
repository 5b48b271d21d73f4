//! The schemas to measure along with the migrated one: those with objects that depend on it, and those that these need.
//! Other tenants' schemas are left out.

use std::collections::BTreeSet;

use tokio_postgres::Client;

use crate::ident::Ident;

/// The dependencies between schemas: an object in the first depends on one in the second.
const EDGES: &str = "WITH o (class, id, home) AS (\
     SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, oid, relnamespace FROM pg_catalog.pg_class \
     UNION ALL SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, oid, pronamespace FROM pg_catalog.pg_proc \
     UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, oid, typnamespace FROM pg_catalog.pg_type \
     UNION ALL SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, oid, connamespace FROM pg_catalog.pg_constraint \
     UNION ALL SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, u.oid, c.relnamespace \
       FROM pg_catalog.pg_rewrite u JOIN pg_catalog.pg_class c ON c.oid = u.ev_class \
     UNION ALL SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, g.oid, c.relnamespace \
       FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid \
     UNION ALL SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass, p.oid, c.relnamespace \
       FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid \
     UNION ALL SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, a.oid, c.relnamespace \
       FROM pg_catalog.pg_attrdef a JOIN pg_catalog.pg_class c ON c.oid = a.adrelid) \
     SELECT DISTINCT a.nspname::text, b.nspname::text FROM pg_catalog.pg_depend d \
     JOIN o one ON one.class = d.classid AND one.id = d.objid JOIN o other ON other.class = d.refclassid AND other.id = d.refobjid \
     JOIN pg_catalog.pg_namespace a ON a.oid = one.home JOIN pg_catalog.pg_namespace b ON b.oid = other.home \
     WHERE a.oid <> b.oid AND NOT pg_catalog.starts_with(a.nspname::text, 'pg_') AND a.nspname <> 'information_schema' \
     AND NOT pg_catalog.starts_with(b.nspname::text, 'pg_') AND b.nspname <> 'information_schema'";

/// The most schemas that are looked at. A database of tenants may have thousands that refer to a shared one.
const MOST: usize = 50;

/// Returns the schemas beside `main`, and how many more there are beyond the limit.
pub(super) async fn schemas(client: &Client, main: &Ident) -> Result<(Vec<String>, usize), tokio_postgres::Error> {
    let rows = client.query_typed(EDGES, &[]).await?;
    let edges: Vec<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let (found, more) = around(&edges, main.as_str());
    Ok((found, more))
}

fn around(edges: &[(String, String)], main: &str) -> (Vec<String>, usize) {
    let dependents =
        reach(BTreeSet::from([main]), |of| edges.iter().filter(move |(_, to)| to == of).map(|(from, _)| &**from));
    let more = (dependents.len() - 1).saturating_sub(MOST);
    let some: BTreeSet<&str> =
        std::iter::once(main).chain(dependents.into_iter().filter(|name| *name != main).take(MOST)).collect();
    let all = reach(some, |of| edges.iter().filter(move |(from, _)| from == of).map(|(_, to)| &**to));
    (all.into_iter().filter(|name| *name != main).map(str::to_owned).collect(), more)
}

/// Everything that `next` leads to.
fn reach<'e, I: Iterator<Item = &'e str>>(
    mut all: BTreeSet<&'e str>,
    next: impl Fn(&'e str) -> I,
) -> BTreeSet<&'e str> {
    let mut left: Vec<&str> = all.iter().copied().collect();
    while let Some(one) = left.pop() {
        left.extend(next(one).filter(|name| all.insert(name)));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependents_count_with_what_they_need_and_other_dependents_of_that_do_not() {
        let edges =
            [("reports", "app"), ("board", "reports"), ("board", "types"), ("app", "shared"), ("other", "shared")];
        let edges = edges.map(|(from, to)| (from.to_owned(), to.to_owned()));
        assert_eq!(around(&edges, "app").0, ["board", "reports", "shared", "types"]);
        assert_eq!(around(&edges, "shared").0, ["app", "board", "other", "reports", "types"]);
        let many: Vec<(String, String)> = (0..60).map(|n| (format!("tenant_{n:02}"), "shared".to_owned())).collect();
        let (some, more) = around(&many, "shared");
        assert_eq!((some.len(), more), (50, 10));
    }
}
