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
    /// The table it is on, as catalogs call it.
    table: String,
    /// Like `index orders_total_idx on orders`.
    label: String,
}

const SQL: &str = include_str!("losses.sql");

impl Holdings {
    /// Reads what is there in `schemas`, the first of which is the main one.
    pub(crate) async fn read(client: &Client, schemas: &[&str]) -> Result<Self, tokio_postgres::Error> {
        let main = schemas.first().copied().unwrap_or_default();
        let rows = client.query_typed(SQL, &[(&main, Type::TEXT), (&schemas, Type::TEXT_ARRAY)]).await?;
        let one = |row: &tokio_postgres::Row| (row.get(0), Held { table: row.get(1), label: row.get(2) });
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
        let (label, table) = (&now.1.label, &now.1.table);
        let with_its_table = !table.is_empty() && !end.has(&format!("table {table}"));
        let Some(step) = taken.and_then(|(at, _)| steps.get_mut(*at)) else { continue };
        if end.has(label) || with_its_table {
            continue;
        }
        match &mut step.undecided {
            Some(why) if why.contains(label) => {}
            Some(why) => *why = format!("{why}; with it goes {label}"),
            None => step.undecided = Some(format!("{label} would be lost by this")),
        }
    }
}
