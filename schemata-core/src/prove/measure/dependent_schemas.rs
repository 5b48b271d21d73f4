//! Finds the schemas to measure along with the migrated one: those with objects that depend on it, and those that these
//! need. Other tenants' schemas are left out.

use std::collections::BTreeSet;

use tokio_postgres::Client;

use crate::ident::Ident;

/// The maximum number of dependent schemas. A database of tenants may have thousands that refer to a shared one.
const MAX_DEPENDENTS: usize = 50;

/// Returns the schemas beside `main`, and how many more there are beyond the limit.
pub(super) async fn find(client: &Client, main: &Ident) -> Result<(Vec<String>, usize), tokio_postgres::Error> {
    let rows = client.query_typed(include_str!("dependent_schemas.sql"), &[]).await?;
    let edges: Vec<(String, String)> = rows.iter().map(|row| (row.get("dependent"), row.get("referenced"))).collect();
    Ok(related(&edges, main.as_str()))
}

/// Follows the `edges` from dependent to referenced schemas.
fn related(edges: &[(String, String)], main: &str) -> (Vec<String>, usize) {
    let dependents =
        reach(BTreeSet::from([main]), |of| edges.iter().filter(move |(_, to)| to == of).map(|(from, _)| &**from));
    let more = (dependents.len() - 1).saturating_sub(MAX_DEPENDENTS);
    let some: BTreeSet<&str> =
        std::iter::once(main).chain(dependents.into_iter().filter(|name| *name != main).take(MAX_DEPENDENTS)).collect();
    let all = reach(some, |of| edges.iter().filter(move |(from, _)| from == of).map(|(_, to)| &**to));
    (all.into_iter().filter(|name| *name != main).map(str::to_owned).collect(), more)
}

/// Returns everything that `next` leads to from `all`.
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
        assert_eq!(related(&edges, "app").0, ["board", "reports", "shared", "types"]);
        assert_eq!(related(&edges, "shared").0, ["app", "board", "other", "reports", "types"]);
        let many: Vec<(String, String)> = (0..60).map(|n| (format!("tenant_{n:02}"), "shared".to_owned())).collect();
        let (some, more) = related(&many, "shared");
        assert_eq!((some.len(), more), (50, 10));
    }
}
