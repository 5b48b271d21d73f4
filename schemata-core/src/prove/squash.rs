//! Squashes proved: what one makes is, to the last object, what the migrations make that it replaces.

use crate::catalog::{Difference, Side, Sides, Whole, whole};
use crate::exec::dial::Address;
use crate::migrate::record::Recorded;
use crate::migrate::session::Connection;
use crate::migrate::squash::pieces::pieces;
use crate::migrate::watch::Run;
use crate::migrate::{MigrateError, MigrationEntry, Migrator};
use crate::prove::scratch::{Scratch, replay_failed};

/// What the two are called.
pub(crate) const SIDES: Sides = Sides { expected: Side::Replaced, found: Side::Squash };

/// A squash that does not make what the migrations make that it replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnequalSquash {
    /// Its id.
    pub id: String,
    /// Where the two part.
    pub differences: Vec<Difference>,
}

impl Migrator {
    /// The squashes among `known` that are not equal to what they replace. Those of which nothing is left in the program are
    /// believed; where something is, and not all, the others may be a slip in the list.
    pub(crate) async fn unequal_squashes(
        &self,
        address: &Address,
        known: &[Recorded],
    ) -> Result<Vec<UnequalSquash>, MigrateError> {
        let mut unequal = Vec::new();
        for squash in known.iter().filter(|migration| !migration.entry.replaces.is_empty()) {
            let id = squash.entry.id.to_owned();
            let Some(found) = pieces(known, &squash.entry) else {
                let differences = missing(known, &squash.entry);
                unequal.extend((!differences.is_empty()).then_some(UnequalSquash { id, differences }));
                continue;
            };
            let expected = self.made_by(address, &[&found.before, &found.replaced]).await?;
            let made = self.made_by(address, &[&found.before, &[squash]]).await?;
            let differences = expected.differences(&made, SIDES);
            if !differences.is_empty() {
                unequal.push(UnequalSquash { id, differences });
            }
        }
        Ok(unequal)
    }

    /// What these migrations make of an empty database.
    async fn made_by(&self, address: &Address, migrations: &[&[&Recorded]]) -> Result<Whole, MigrateError> {
        let scratch = Scratch::create(address, self.application_name()).await?;
        let made = self.make_on(scratch.address(), &migrations.concat()).await;
        scratch.drop().await?;
        made.map_err(replay_failed)
    }

    async fn make_on(&self, scratch: &Address, migrations: &[&Recorded]) -> Result<Whole, MigrateError> {
        let connection = Connection::open(scratch, self.application_name()).await?;
        self.schema_run.apply(&connection, migrations, Run::Replay).await?;
        let made = self.look_at_all(&connection).await?;
        connection.close().await;
        Ok(made)
    }

    /// Everything that is in a scratch database.
    pub(crate) async fn look_at_all(&self, connection: &Connection) -> Result<Whole, MigrateError> {
        let read = whole(&connection.client, self.target()).await;
        read.map_err(|source| MigrateError::Session { step: "reading the whole catalog", source })
    }
}

/// The replaced migrations that are not in the program, where others are.
fn missing(known: &[Recorded], squash: &MigrationEntry) -> Vec<Difference> {
    let has = |id: &str| known.iter().any(|other| other.entry.module == squash.module && other.entry.id == id);
    if !squash.replaces.iter().any(|id| has(id)) {
        return Vec::new();
    }
    let lost = squash.replaces.iter().filter(|id| !has(id));
    lost.map(|id| Difference {
        object: format!("migration {id}"),
        sentence: "it is not in this program, while others that the squash replaces are: nothing was compared"
            .to_owned(),
    })
    .collect()
}
