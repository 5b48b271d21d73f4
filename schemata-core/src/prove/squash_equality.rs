//! Proves that a squash makes exactly what the migrations make that it replaces.

use std::collections::BTreeMap;

use crate::catalog::{CatalogSource, Comparison, CreatedTypeState, DatabaseContents, Difference};
use crate::exec::connect::Address;
use crate::migrate::record::Recorded;
use crate::migrate::squash::compared_migrations::compared_migrations;
use crate::migrate::{MigrateError, MigrationEntry, Migrator};
use crate::prove::replay::Replay;
use crate::prove::same_expressions;

/// The names of the two sides in differences.
pub(crate) const SIDES: Comparison = Comparison { expected: CatalogSource::Replaced, found: CatalogSource::Squash };

/// A squash whose result differs from that of the migrations it replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnequalSquash {
    /// Its id.
    pub id: String,
    /// The differences.
    pub differences: Vec<Difference>,
}

/// Returns the squashes among `known` that are not equal to what they replace. A squash is not compared once none of
/// the replaced migrations is left in the program; if some are left and some missing, the list of replaced migrations
/// may be wrong.
pub(crate) async fn unequal_squashes(
    migrator: &Migrator,
    address: &Address,
    known: &[Recorded],
) -> Result<Vec<UnequalSquash>, MigrateError> {
    let mut unequal = Vec::new();
    for squash in known.iter().filter(|migration| !migration.entry.replaces.is_empty()) {
        let differences = match compared_migrations(known, &squash.entry) {
            Some(found) => {
                let expected = result_of(migrator, address, &[&found.before, &found.replaced]).await?;
                differences_to(migrator, address, expected, &[&found.before, &[squash]]).await?
            }
            None => missing_migrations(known, &squash.entry),
        };
        if !differences.is_empty() {
            unequal.push(UnequalSquash { id: squash.entry.id.to_owned(), differences });
        }
    }
    Ok(unequal)
}

/// Returns how what these migrations make of an empty database differs from what is `expected`.
async fn differences_to(
    migrator: &Migrator,
    address: &Address,
    mut expected: DatabaseContents,
    migrations: &[&[&Recorded]],
) -> Result<Vec<Difference>, MigrateError> {
    Replay::with(migrator, address, async |replay| {
        replay.apply(&migrations.concat()).await?;
        let found = replay.whole_catalog().await?;
        let printed = expected.catalog.created_types.clone();
        same_expressions::unify(replay.client(), migrator.target(), &found.catalog, &mut expected.catalog).await?;
        unify_domains(&mut expected, &printed);
        Ok(expected.differences(&found, SIDES))
    })
    .await
}

/// Writes the checks of domains as the catalog has them into the statements that create the domains. They are `printed` differently.
fn unify_domains(contents: &mut DatabaseContents, printed: &BTreeMap<String, CreatedTypeState>) {
    let unquoted = |name: &str| name.replace('"', "");
    for object in contents.objects.iter_mut().filter(|object| object.kind == "domain") {
        let is_it = |key: &&String| unquoted(key) == unquoted(&object.name);
        let Some(key) = printed.keys().find(is_it) else { continue };
        for (name, before) in &printed[key].parts {
            let after = contents.catalog.created_types.get(key).and_then(|state| state.part(name));
            if let Some(after) = after.filter(|after| *after != before) {
                for sql in &mut object.statements {
                    *sql = sql.replace(before, after);
                }
            }
        }
    }
}

/// Returns what these migrations make of an empty database.
async fn result_of(
    migrator: &Migrator,
    address: &Address,
    migrations: &[&[&Recorded]],
) -> Result<DatabaseContents, MigrateError> {
    Replay::with(migrator, address, async |replay| {
        replay.apply(&migrations.concat()).await?;
        replay.whole_catalog().await
    })
    .await
}

/// Reports the replaced migrations that are not in the program, if others are.
fn missing_migrations(known: &[Recorded], squash: &MigrationEntry) -> Vec<Difference> {
    let is_known = |id: &str| known.iter().any(|other| other.entry.module == squash.module && other.entry.id == id);
    if !squash.replaces.iter().any(|id| is_known(id)) {
        return Vec::new();
    }
    let missing = squash.replaces.iter().filter(|id| !is_known(id));
    missing
        .map(|id| Difference {
            object: format!("migration {id}"),
            sentence: "it is not in this program, while others that the squash replaces are: nothing was compared"
                .to_owned(),
        })
        .collect()
}
