//! Adopts a database that exists: its models, and a first migration in SQL that makes what it contains.
//!
//! As for a squash, the statements that PostgreSQL prints of the database become steps, which run on a scratch database; the two are
//! then compared object by object. The command writes the files and marks the migration, so that an interrupted adoption can
//! be repeated.

use std::fmt::Write;

use crate::catalog::{self, CatalogSource, Comparison, DatabaseContents, DatabaseObject};
use crate::exec::connect::Address;
use crate::generate::error::GenerateError;
use crate::generate::inspect::{self, Inspection};
use crate::generate::squash::find_steps;
use crate::generate::steps::code;
use crate::generate::steps::step::Step;
use crate::migrate::session::DedicatedConnection;
use crate::migrate::{MigrateError, Migrator};
use crate::prove::replay::Replay;
use crate::sql::lex::{Token, tokens};

/// The sides of the comparison: the database, and what its first migration makes.
const SIDES: Comparison = Comparison { expected: CatalogSource::Database, found: CatalogSource::Migrations };

/// The beginning of a comment about an object that the first migration does not make.
const LEFT: &str = "-- Not made here: ";

/// A drafted adoption: models and a first migration, not written to files yet.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Adoption {
    /// The models.
    pub models: Inspection,
    /// The first migration: SQL that makes everything that the database contains but rows.
    pub sql: String,
    /// The objects that the first migration does not make, in words. The SQL says it in comments, too.
    pub left: Vec<String>,
}

impl Adoption {
    /// Returns what the SQL of a first migration says that it does not make: [`left`](Self::left), of an earlier adoption.
    pub(crate) fn left_of(sql: &str) -> Vec<String> {
        let mut left: Vec<String> = Vec::new();
        let mut lines = sql.lines().peekable();
        while let Some(line) = lines.next() {
            let Some(first) = line.strip_prefix(LEFT) else { continue };
            let mut whole = first.to_owned();
            while let Some(more) =
                lines.peek().filter(|line| !line.starts_with(LEFT)).and_then(|line| line.strip_prefix("-- "))
            {
                whole.push('\n');
                whole.push_str(more);
                lines.next();
            }
            left.push(whole);
        }
        left
    }
}

/// Writes the models and the first migration of the database at `url`, whose models are in the migrator's schema and the
/// `further` ones.
pub(crate) async fn adopt(migrator: &Migrator, url: &str, further: &[&str]) -> Result<Adoption, GenerateError> {
    let models = inspect::inspect(migrator, url, further).await?;
    let address = Address::parse(url).map_err(MigrateError::Connect)?;
    let contents = live(migrator, &address).await?;
    let (steps, left) = Replay::with(migrator, &address, async |replay| {
        let empty = replay.whole_catalog().await?;
        find_steps(replay, &empty, &contents, SIDES, true).await
    })
    .await?;
    let left_out = code::to_decide(&steps, &left);
    Ok(Adoption { models, sql: text(&steps, &left_out), left: left_out })
}

/// Reads everything in the database but the ledgers of other tools.
async fn live(migrator: &Migrator, address: &Address) -> Result<DatabaseContents, MigrateError> {
    let connection = DedicatedConnection::open(address, migrator.application_name()).await?;
    let read = catalog::read_database(&connection.client, migrator.target()).await;
    connection.close().await;
    let mut contents = read.map_err(|source| MigrateError::Session { step: "reading the whole catalog", source })?;
    let ledgers: Vec<String> = contents.catalog.ledgers.keys().cloned().collect();
    contents.objects.retain(|object| !belongs_to(object, &ledgers));
    Ok(contents)
}

/// Returns whether an object is a part of one of these tables: an index, a sequence, a privilege, but no function or view that
/// reads it.
fn belongs_to(object: &DatabaseObject, tables: &[String]) -> bool {
    let reads = ["function", "procedure", "view", "materialized view", "rule", "trigger"];
    let is_part = |name: String| {
        tables.iter().map(|key| key.rsplit('.').next().unwrap_or(key)).any(|table| {
            name == table || name.strip_prefix(table).is_some_and(|rest| ["_pkey", "_id_seq"].contains(&rest))
        })
    };
    !reads.contains(&object.kind.as_str())
        && object.statements.iter().any(|sql| tokens(sql).iter().filter_map(Token::name).any(is_part))
}

/// Returns the SQL of the steps. Those that PostgreSQL refused are comments.
fn text(steps: &[Step], left: &[String]) -> String {
    let mut out = "-- What the database contained when it was adopted.\n".to_owned();
    for what in left {
        let lines: Vec<&str> = what.lines().collect();
        let _ = writeln!(out, "{LEFT}{}", lines.join("\n-- "));
    }
    for step in steps {
        for change in &step.changes {
            let sql = change.sql();
            let sql = sql.trim().trim_end_matches(';');
            out.push('\n');
            if step.undecided.is_none() {
                let _ = writeln!(out, "{sql};");
            } else {
                for line in sql.lines() {
                    let _ = writeln!(out, "-- {line}");
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::steps::schema_change::SchemaChange;

    #[test]
    fn what_is_left_is_read_again() {
        let left = vec!["operator ===: refused,\nfor two reasons".to_owned(), "cast from a to b".to_owned()];
        let refused = Step::undecided("?".to_owned(), vec![SchemaChange::Printed("CREATE OPERATOR ===".to_owned())]);
        assert_eq!(Adoption::left_of(&text(&[refused], &left)), left);
        assert_eq!(Adoption::left_of(&text(&[], &[])), Vec::<String>::new());
    }
}
