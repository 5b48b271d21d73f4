//! Objects that steps take along unasked: PostgreSQL drops the indexes of a column with it, and the comment of an index that is
//! built anew. What was there before the steps is looked for after them, whoever made it.

use std::collections::BTreeMap;

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::generate::steps::step::Step;

/// Constraints, indexes, defaults, triggers, policies, comments and the like, as they are at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holdings(BTreeMap<String, Held>);

/// One of them.
#[derive(Debug, Clone)]
struct Held {
    /// Like `index orders_total_idx on orders`.
    label: String,
    /// The label of what it belongs to.
    owner: String,
}

const SQL: &str = include_str!("losses.sql");

impl Holdings {
    /// Reads what is there in `schemas`, the first of which is the main one.
    pub(crate) async fn read(client: &Client, schemas: &[&str]) -> Result<Self, tokio_postgres::Error> {
        let main = schemas.first().copied().unwrap_or_default();
        let rows = client.query_typed(SQL, &[(&main, Type::TEXT), (&schemas, Type::TEXT_ARRAY)]).await?;
        let one = |row: &tokio_postgres::Row| (row.get(0), Held { owner: row.get(1), label: row.get(2) });
        Ok(Self(rows.iter().map(one).collect()))
    }

    /// An object as it is now: the same one under whatever name, or another in its place.
    fn follow(&self, identity: &str, held: &Held) -> Option<(&String, &Held)> {
        let same = self.0.get_key_value(identity);
        same.or_else(|| self.0.iter().find(|(_, other)| other.label == held.label))
    }

    fn has(&self, label: &str) -> bool {
        self.0.values().any(|other| other.label == label)
    }
}

/// Makes steps undecided that take more than they say: `after` holds what was there behind each step that drops or renames
/// something.
pub(crate) fn tell(before: &Holdings, after: &[(usize, Holdings)], steps: &mut [Step]) {
    let Some((_, end)) = after.last() else { return };
    let mut lost: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (identity, held) in &before.0 {
        let mut now = (identity, held);
        // PostgreSQL builds an index anew where its column changes its type, so both names and numbers change, one by one.
        let taken = after.iter().find(|(_, holdings)| match holdings.follow(now.0, now.1) {
            Some(next) => {
                now = next;
                false
            }
            None => true,
        });
        let Held { label, owner } = now.1;
        let Some((at, _)) = taken else { continue };
        // A column goes by a step of its own, and with it what is the column's own.
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
