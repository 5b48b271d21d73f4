//! ## Expressions

use schemata::prelude::*;
use schemata_tests::registry::{Download, Job, Package, Release, Token};
use serde_json::json;

use crate::Outcome;
use crate::twins::Twins;

#[tokio::test]
async fn expressions() -> Outcome {
    let twins = Twins::new().await;
    let db = &twins.db;

    // ### Arithmetic
    let sql = "
        SELECT r.number, d.day, d.hits * r.size, d.hits % 7 + 1
          FROM downloads d
          JOIN releases r ON r.id = d.release_id
         WHERE d.hits * r.size > 1000
         ORDER BY d.hits * r.size DESC, d.release_id, d.day";
    let bytes = Download::hits * Release::size;
    let rows = Download::select()
        .join(Download::RELEASE_ID_FKEY)
        .filter(bytes.clone().gt(1000))
        .order_by((bytes.clone().desc(), Download::release_id.asc(), Download::day.asc()))
        .columns((Release::number, Download::day, bytes, Download::hits % 7 + 1))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### A condition as a value
    // It is an `Option<bool>`: NULL if a comparison with NULL decides.
    let sql = "
        SELECT id, expires_at <= '2026-02-01T00:00:00Z', scopes IS NULL
          FROM tokens
         ORDER BY id";
    let february = "2026-02-01T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>()?;
    let rows: Vec<(i32, Option<bool>, Option<bool>)> = Token::select()
        .order_by(Token::id.asc())
        .columns((Token::id, Token::expires_at.le(february), Token::scopes.is_null()))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### LIKE and regular expressions
    // In `starts_with`, `ends_with` and `contains`, `%` and `_` stand for themselves.
    let sql = r"
        SELECT name, description
          FROM packages
         WHERE deactivated_at IS NULL
           AND (description LIKE '%no\_std%' OR name ~ '^[A-Z][a-z]+[0-9]$')
         ORDER BY id";
    let rows = Package::select()
        .filter(Package::description.contains("no_std").or(Package::name.matches("^[A-Z][a-z]+[0-9]$")))
        .order_by(Package::id.asc())
        .columns((Package::name, Package::description))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### Conditions on jsonb
    let sql = r#"
        SELECT id, kind
          FROM jobs
         WHERE data @> '{"try": 1}' OR data @? '$ ? (@.n > 10)'
         ORDER BY id"#;
    let rows = Job::select()
        .filter(Job::data.json_contains(json!({"try": 1})).or(Job::data.path_exists("$ ? (@.n > 10)")))
        .order_by(Job::id.asc())
        .columns((Job::id, Job::kind))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### Conditions on arrays
    let sql = "
        SELECT id, labels
          FROM packages
         WHERE deactivated_at IS NULL AND labels && '{stable,wanted}' AND NOT labels @> '{archived}'
         ORDER BY id";
    let rows = Package::select()
        .filter(Package::labels.overlaps(["stable", "wanted"]).and(!Package::labels.contains_all(["archived"])))
        .order_by(Package::id.asc())
        .columns((Package::id, Package::labels))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;
    Ok(())
}
