//! ## SQL of your own

use schemata::query;
use schemata_tests::registry::{Download, Job, Package, Release};

use crate::Outcome;
use crate::twins::Twins;

#[tokio::test]
async fn own_sql() -> Outcome {
    let twins = Twins::new().await;
    let db = &twins.db;

    // ### GROUPING SETS
    // What is easier to write in SQL is a function with SQL as its body. This query also has a [typed form](aggregates.md#subtotals).
    // `check_test!` prepares the function on a database that the migrations have created, and compares the signature.
    let sql = "
        SELECT p.name, r.yanked, count(*)
          FROM releases r
          JOIN packages p ON p.id = r.package_id
         WHERE p.downloads >= 200
         GROUP BY GROUPING SETS ((p.name), (r.yanked), ())
         ORDER BY 1, 2";
    query! {
        /// How many releases there are by package, by whether they are withdrawn, and in all.
        fn release_counts(least: i64) -> Vec<(Option<String>, Option<bool>, i64)> =
            "SELECT {p.name}, {r.yanked}, count(*)
               FROM {Release as r}
               JOIN {Package as p} ON {p.id} = {r.package_id}
              WHERE {p.downloads} >= {least}
              GROUP BY GROUPING SETS (({p.name}), ({r.yanked}), ())
              ORDER BY 1, 2";
    }
    let rows = release_counts(db, 200).await?;
    twins.same(rows, sql).await;

    // ### Whole rows from SQL
    let sql = "
        SELECT id, kind, data, retries, due_at, priority
          FROM jobs TABLESAMPLE SYSTEM (100)
         WHERE retries > 0
         ORDER BY id";
    query! {
        /// A sample of the jobs that failed.
        fn failed_jobs() -> Vec<Job> =
            "SELECT {Job::*} FROM {Job} TABLESAMPLE SYSTEM (100) WHERE {Job::retries} > 0 ORDER BY {Job::id}";
    }
    let rows = failed_jobs(db).await?;
    twins.same(rows, sql).await;

    // ### A row that a write returned, joined
    let sql = "
        WITH gone AS (DELETE FROM downloads WHERE hits = 0 RETURNING release_id)
        SELECT r.number, count(*)
          FROM gone
          JOIN releases r ON r.id = gone.release_id
         GROUP BY r.number
         ORDER BY r.number";
    query! {
        /// Deletes days without downloads, and counts them by release.
        fn forget_idle_days() -> Vec<(String, i64)> =
            "WITH gone AS (DELETE FROM {Download} WHERE {Download::hits} = 0 RETURNING {Download::release_id})
             SELECT {r.number}, count(*)
               FROM gone
               JOIN {Release as r} ON {r.id} = gone.release_id
              GROUP BY {r.number}
              ORDER BY {r.number}";
    }
    let rows = forget_idle_days(db).await?;
    twins.same_write(rows, sql, "SELECT * FROM downloads").await;
    Ok(())
}
