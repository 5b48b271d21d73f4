//! Finds the objects that PostgreSQL drops along with others, like the indexes of a dropped column or the comment of an
//! index that is rebuilt. The objects that existed before the steps are looked for after each step, whatever created
//! them.

use std::collections::BTreeMap;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Row};

use crate::generate::steps::step::Step;

/// The constraints, indexes, defaults, triggers, policies, comments and the like that exist at one moment, by their
/// identity.
#[derive(Debug, Clone, Default)]
pub(crate) struct TableObjects(BTreeMap<String, TableObject>);

/// One such object.
#[derive(Debug, Clone)]
struct TableObject {
    /// A label like `index orders_total_idx on orders`.
    label: String,
    /// The label of the object that it belongs to, or an empty one.
    owner: String,
}

impl TableObjects {
    /// Reads the objects in `schemas`, the first of which is the main one.
    pub(crate) async fn read(client: &Client, schemas: &[&str]) -> Result<Self, Error> {
        let main = schemas.first().copied().unwrap_or_default();
        let sql = include_str!("losses.sql");
        let rows = client.query_typed(sql, &[(&main, Type::TEXT), (&schemas, Type::TEXT_ARRAY)]).await?;
        let object = |row: &Row| TableObject { label: row.get("label"), owner: row.get("owner") };
        Ok(Self(rows.iter().map(|row| (row.get("identity"), object(row))).collect()))
    }

    fn has(&self, label: &str) -> bool {
        self.0.values().any(|object| object.label == label)
    }

    /// Finds what has become of an object: the same one under any name, or another one with the same label.
    fn successor(&self, identity: &str, object: &TableObject) -> Option<(&String, &TableObject)> {
        let same = self.0.get_key_value(identity);
        same.or_else(|| self.0.iter().find(|(_, other)| other.label == object.label))
    }
}

/// Makes the steps undecided that drop more than they say. `after` holds the objects after each step that drops or renames
/// something, with the position of the step; the last entry holds those after all steps.
pub(crate) fn mark_losses(before: &TableObjects, after: &[(usize, TableObjects)], steps: &mut [Step]) {
    let Some((_, end)) = after.last() else { return };
    let mut losses: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (identity, object) in &before.0 {
        let Some((position, lost)) = find_loss(identity, object, after) else { continue };
        let Some(step) = steps.get(position) else { continue };
        // A dropped column has a step of its own, which covers what belongs to the column.
        let is_covered = lost.label.starts_with("column ")
            || !lost.owner.is_empty() && !end.has(&lost.owner)
            || step.undecided.as_ref().is_some_and(|why| why.contains(&lost.label));
        if !is_covered && !end.has(&lost.label) {
            losses.entry(position).or_default().push(lost.label.clone());
        }
    }
    for (position, labels) in losses {
        let labels = labels.join(", ");
        steps[position].undecided = Some(match steps[position].undecided.take() {
            Some(why) => format!("{why}; lost with it: {labels}"),
            None => format!("lost by this: {labels}"),
        });
    }
}

/// Returns the position of the step that drops the object, and the object as it was before that step.
///
/// If a column changes its type, PostgreSQL rebuilds its indexes, so an index may change its name in one step and its OID in
/// another. Therefore the object is followed from step to step.
fn find_loss<'o>(
    identity: &'o String,
    object: &'o TableObject,
    after: &'o [(usize, TableObjects)],
) -> Option<(usize, &'o TableObject)> {
    let mut last = (identity, object);
    for (position, objects) in after {
        match objects.successor(last.0, last.1) {
            Some(next) => last = next,
            None => return Some((*position, last.1)),
        }
    }
    None
}
