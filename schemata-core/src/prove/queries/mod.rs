//! Checks the SQL that a program has registered: every text is prepared on a database that the migrations have made, and what
//! PostgreSQL says of parameters and columns is compared with the signature of its function.
//!
//! `statement` finds the list, the tables and the joins of a text, `nullability` decides which columns are never NULL by what
//! `table_columns` knows of the catalog, `compare` compares, and `wrong_query` reports.

mod compare;
mod expression;
mod fragment;
mod functions;
mod nullability;
mod outer_joins;
mod refusal;
mod statement;
mod table_columns;
mod type_names;
mod wrong_query;

pub use wrong_query::WrongQuery;

use crate::checked::{CheckedQuery, RegisteredSql};
use crate::exec::connect::Address;
use crate::migrate::record::Recorded;
use crate::migrate::{MigrateError, Migrator};
use crate::prove::replay::Replay;
use table_columns::TableColumns;

/// Replays the migrations of `migrator` beside the database at `url`, and checks every query of the program.
pub(crate) async fn check(migrator: &Migrator, url: &str) -> Result<Vec<WrongQuery>, MigrateError> {
    let (queries, texts) = (RegisteredSql::queries(), RegisteredSql::texts());
    if queries.is_empty() && texts.is_empty() {
        return Ok(Vec::new());
    }
    let (address, known) = (Address::parse(url)?, migrator.record().await?);
    Replay::with(migrator, &address, async |replay| {
        replay.apply(&known.iter().collect::<Vec<&Recorded>>()).await?;
        let columns = TableColumns::read(replay.client()).await?;
        let mut wrong = Vec::new();
        for query in queries {
            let problems = problems(replay, &columns, query).await;
            if !problems.is_empty() {
                wrong.push(WrongQuery::new(query, problems));
            }
        }
        for text in texts {
            let problem = fragment::problem(replay, text).await;
            wrong.extend(problem.map(|problem| WrongQuery::of_text(text, problem)));
        }
        Ok(wrong)
    })
    .await
}

/// Returns what is wrong with a query, one text for each problem.
async fn problems(replay: &Replay<'_>, columns: &TableColumns, query: &CheckedQuery) -> Vec<String> {
    let sql = query.text_for(replay.schema());
    match replay.client().prepare(&sql).await {
        Err(error) => vec![refusal::explained(query, &sql, &error)],
        Ok(statement) => compare::problems(query, &sql, &statement, columns),
    }
}
