//! Measures a rollout: `cargo run --release -p schemata-tests --example tenants_speed -- 200`. This many tenants of ten
//! tables each are migrated in parallel and one after the other, alternately, on fresh schemas each time.

#![expect(clippy::print_stdout, reason = "a program that reports")]

use std::time::Instant;

use schemata::Ident;
use schemata::migrate::{Migration, MigrationEntry, MigrationResult, Migrator};
use schemata::tenants::{Rollout, Tenants};
use schemata_tests::catalog::connect;
use schemata_tests::shop::{self, entry};

async fn ten_tables(m: &mut Migration<'_>) -> MigrationResult {
    for table in 0..10 {
        let columns = "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, made timestamptz";
        m.execute(&format!("CREATE TABLE table_{table} ({columns})")).await?;
        m.execute(&format!("CREATE INDEX table_{table}_name ON table_{table} (name)")).await?;
    }
    Ok(())
}

const TABLES: MigrationEntry = entry("0001_ten_tables", |m| Box::pin(ten_tables(m)));
const ROUNDS: usize = 3;

fn migrator() -> Migrator {
    Migrator::new(shop::set(&[TABLES]))
}

/// Creates fresh schemas.
async fn tenants(url: &str, prefix: &str, count: usize) -> Tenants {
    let client = connect(url).await;
    let mut names = Vec::new();
    for number in 0..count {
        let name = Ident::new(format!("{prefix}_{number}")).expect("short");
        client.batch_execute(&format!("CREATE SCHEMA {name}")).await.expect("creates");
        names.push(name);
    }
    Tenants::new(names)
}

#[tokio::main]
async fn main() {
    let count = std::env::args().nth(1).map_or(50, |count| count.parse().expect("how many tenants"));
    let database = schemata_tests::fresh_database().await;
    let url = database.url();
    for round in 1..=ROUNDS {
        let all = tenants(url, &format!("parallel_{round}"), count).await;
        let started = Instant::now();
        let report = Rollout::new(migrator()).run(url, &all).await.expect("runs");
        let parallel = started.elapsed();
        assert!(report.is_complete());
        let all = tenants(url, &format!("single_{round}"), count).await;
        let started = Instant::now();
        for schema in all.schemas() {
            migrator().schema(schema.clone()).run(url).await.expect("applies");
        }
        let single = started.elapsed();
        let again = Instant::now();
        Rollout::new(migrator()).run(url, &all).await.expect("runs");
        println!(
            "{count} tenants: rollout {parallel:.2?}, one by one {single:.2?} (x {:.1}); up to date {:.2?}",
            single.as_secs_f64() / parallel.as_secs_f64(),
            again.elapsed()
        );
    }
}
