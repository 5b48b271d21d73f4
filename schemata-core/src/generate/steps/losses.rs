//! Objects that PostgreSQL drops along with others: the indexes of a dropped column, and the comment of an index that is
//! rebuilt. The objects that existed before the steps are looked for after them, whoever made them.

use std::collections::BTreeMap;

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::generate::steps::step::Step;

/// The constraints, indexes, defaults, triggers, policies, comments and the like that exist at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holdings(BTreeMap<String, Held>);

/// One such object.
#[derive(Debug, Clone)]
struct Held {
    /// A label like `index orders_total_idx on orders`.
    label: String,
    /// The label of the object it belongs to.
    owner: String,
}

const SQL: &str = include_str!("losses.sql");

impl Holdings {
    /// Reads the objects in `schemas`, the first of which is the main one.
    pub(crate) async fn read(client: &Client, schemas: &[&str]) -> Result<Self, tokio_postgres::Error> {
        let main = schemas.first().copied().unwrap_or_default();
        let rows = client.query_typed(SQL, &[(&main, Type::TEXT), (&schemas, Type::TEXT_ARRAY)]).await?;
        let one = |row: &tokio_postgres::Row| (row.get(0), Held { owner: row.get(1), label: row.get(2) });
        Ok(Self(rows.iter().map(one).collect()))
    }

    /// Finds an object at this moment: the same one under any name, or another with the same label.
    fn follow(&self, identity: &str, held: &Held) -> Option<(&String, &Held)> {
        let same = self.0.get_key_value(identity);
        same.or_else(|| self.0.iter().find(|(_, other)| other.label == held.label))
    }

    fn has(&self, label: &str) -> bool {
        self.0.values().any(|other| other.label == label)
    }
}

/// Makes steps undecided that drop more than they say. `after` holds the objects that exist after each step that drops or
/// renames something.
pub(crate) fn tell(before: &Holdings, after: &[(usize, Holdings)], steps: &mut [Step]) {
    let Some((_, end)) = after.last() else { return };
    let mut lost: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (identity, held) in &before.0 {
        let mut now = (identity, held);
        // When a column changes its type, PostgreSQL rebuilds its indexes, so an index may change its name in one step and
        // its OID in another.
        let taken = after.iter().find(|(_, holdings)| match holdings.follow(now.0, now.1) {
            Some(next) => {
                now = next;
                false
            }
            None => true,
        });
        let Held { label, owner } = now.1;
        let Some((at, _)) = taken else { continue };
        // A dropped column has a step of its own, which covers what belongs to the column.
        let is_told = label.starts_with("column ") || !owner.is_empty() && !end.has(owner);
        let why = steps.get(*at).and_then(|step| step.undecided.as_ref());
        if !(is_told || end.has(label) || why.is_some_and(|why| why.contains(label.as_str()))) {
            lost.entry(*at).or_default().push(label.clone());
        }
    }
    for (at, labels) in lost {
        let Some(step) = steps.get_mut(at) else { continue };
        let labels = labels.join(", ");
        let why = step.undecided.take();
        step.undecided =
            Some(why.map_or_else(|| format!("lost by this: {labels}"), |why| format!("{why}; lost with it: {labels}")));
    }
}
