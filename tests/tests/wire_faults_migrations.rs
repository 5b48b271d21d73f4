//! Migrating, and everything that reads a database to compare it, with a fault at each of its messages: the ledger agrees
//! with the database, no lock is left, and the next run completes the work.
//!
//! `FAULTS=all cargo test -p schemata-tests --test wire_faults_migrations` tries every case, and one in ten of those that
//! make a scratch database; otherwise a sample. `cuts` tests migrations of many steps, step by step.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use schemata::Ident;
use schemata::migrate::{MigrationState, Migrator};
use schemata::prelude::*;
use schemata::schema::Table;
use schemata::tenants::{Rollout, Tenants};
use schemata::testing::TestDatabase;
use schemata_tests::catalog::{connect, describe, one};
use schemata_tests::fresh_database;
use schemata_tests::shop::{self, INITIAL, STATUS};
use schemata_tests::tutorial::{Customer, Order, OrderItem};
use schemata_tests::wire::{Fault, FaultProxy, Plan, Sender};
use tokio::time::timeout;
use tokio_postgres::Client;

const STRIDE: usize = 593;
const LIMIT: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_millis(100);

const FAULTS: [Fault; 6] =
    [Fault::Reset, Fault::End, Fault::Half, Fault::Silence, Fault::Bytes, Fault::Pieces(Duration::from_millis(3))];

/// The schemas to migrate, each with another initial state.
const SCHEMAS: [&str; 3] = ["public", "tenant_a", "tenant_b"];

fn models() -> [&'static Table; 3] {
    tables![Customer, Order, OrderItem]
}

fn migrator() -> Migrator {
    Migrator::new(shop::set(&[INITIAL, STATUS]))
}

fn ident(name: &str) -> Ident {
    Ident::new(name).expect("a name")
}

type Running<'u> = Pin<Box<dyn Future<Output = Result<String, String>> + 'u>>;

struct Operation {
    name: &'static str,
    /// Whether it makes a scratch database, which takes a while.
    is_slow: bool,
    run: for<'u> fn(&'u str) -> Running<'u>,
}

macro_rules! operations {
    ($($name:literal $slow:literal |$url:ident| $result:expr;)*) => {
        &[$(Operation {
            name: $name,
            is_slow: $slow,
            run: |$url| Box::pin(async move { $result.map_err(|error| format!("{error:?}")) }),
        }),*]
    };
}

const OPERATIONS: &[Operation] = operations! {
    "migrate" false |url| migrator().run(url).await.map(|report| format!("{:?}", report.applied));
    "status" false |url| migrator().status(url).await.map(|all| all.iter().map(|one| word(&one.state)).collect());
    "plan" false |url| migrator().plan(url).await.map(|plan| plan.len().to_string());
    "rollout" false |url| rollout(url).await;
    "tenants status" false |url| {
        Rollout::new(migrator()).status(url, &tenants()).await.map(|status| status.is_up_to_date().to_string())
    };
    "provision" false |url| migrator().schema(ident("tenant_new")).provision(url).await.map(|report| format!("{:?}", report.applied));
    "inspect" false |url| migrator().inspect(url, &[]).await.map(|found| found.source());
    "check" true |url| migrator().check(url, &models()).await.map(|report| report.is_clean().to_string());
    "measure" true |url| migrator().measure(url).await.map(|measured| measured.is_safe().to_string());
    "draft" true |url| Migrator::new(shop::set(&[INITIAL])).draft(url, &models(), "more").await.map(|draft| {
        draft.map(|draft| draft.source).unwrap_or_default()
    });
};

fn word(state: &MigrationState) -> &'static str {
    match state {
        MigrationState::Applied { .. } => "applied ",
        MigrationState::Pending => "pending ",
        _ => "other ",
    }
}

fn tenants() -> Tenants {
    Tenants::new([ident("tenant_a"), ident("tenant_b")])
}

async fn rollout(url: &str) -> Result<String, String> {
    let report = Rollout::new(migrator()).jobs(2).run(url, &tenants()).await.map_err(|error| format!("{error:?}"))?;
    if report.is_complete() { Ok("complete".to_owned()) } else { Err(format!("{report:?}")) }
}

/// A database, and a proxy to it that can cause faults.
struct Trial {
    database: TestDatabase,
    admin: Client,
    proxy: FaultProxy,
    /// The objects of a schema after 0, 1 and 2 migrations.
    after: [BTreeSet<String>; 3],
}

impl Trial {
    async fn new() -> Self {
        let database = fresh_database().await;
        let (admin, proxy) = (connect(database.url()).await, FaultProxy::to(database.url()).await);
        let mut after = [const { BTreeSet::new() }; 3];
        for (count, last) in [(1, "0001_initial_catalog"), (2, "0002_add_order_status")] {
            migrator().to(last).run(database.url()).await.expect("applies");
            after[count] = describe(&admin, "public").await;
        }
        Self { database, admin, proxy, after }
    }

    /// `public` and `tenant_a` have the first migration, `tenant_b` has none.
    async fn reset(&self) {
        let sql = "SET lock_timeout = '60s'; SET client_min_messages = warning;
                   DROP SCHEMA IF EXISTS public, tenant_a, tenant_b, tenant_new CASCADE;
                   CREATE SCHEMA public; CREATE SCHEMA tenant_a; CREATE SCHEMA tenant_b";
        self.admin.batch_execute(sql).await.expect("no lock is left");
        for schema in ["public", "tenant_a"] {
            let first = migrator().schema(ident(schema)).to("0001_initial_catalog");
            first.run(self.database.url()).await.expect("applies");
        }
    }

    /// Returns how many migrations each schema has by its ledger, and checks that its objects agree.
    async fn applied(&self) -> Result<Vec<usize>, String> {
        let mut applied = Vec::new();
        for schema in SCHEMAS {
            let status = migrator().schema(ident(schema)).status(self.database.url()).await;
            let status = status.map_err(|error| format!("status: {error:?}"))?;
            let count = status.iter().filter(|one| matches!(one.state, MigrationState::Applied { .. })).count();
            if describe(&self.admin, schema).await != self.after[count] {
                return Err(format!("the ledger of {schema} says {count}, and something else is there"));
            }
            applied.push(count);
        }
        Ok(applied)
    }

    /// Runs the operation while `plan` is applied.
    async fn faulty(&self, operation: &Operation, clean: &str, plan: Plan) -> Result<(), String> {
        self.reset().await;
        self.proxy.arm(Some(plan));
        let given_up = async {
            self.proxy.struck().await;
            tokio::time::sleep(if plan.fault.is_silent() { PATIENCE } else { LIMIT }).await;
        };
        let outcome = tokio::select! {
            outcome = (operation.run)(self.proxy.url()) => Some(outcome),
            () = given_up => None,
            () = tokio::time::sleep(LIMIT * 2) => return Err("it hangs, and there was no such message".to_owned()),
        };
        let (_, struck) = self.proxy.disarm();
        if !struck {
            return Err("there was no such message".to_owned());
        }
        if outcome.is_none() && !plan.fault.is_silent() {
            return Err("it hangs".to_owned());
        }
        self.settles().await?;
        let applied = self.applied().await?;
        match &outcome {
            Some(Ok(result)) if result != clean => return Err(format!("{result} in place of {clean}; {applied:?}")),
            Some(Err(error)) if plan.fault.is_harmless() => return Err(format!("no message was lost: {error}")),
            _ => {}
        }
        // Run again, it leads to the same result. What was done already is not done twice.
        let again =
            timeout(LIMIT, (operation.run)(self.database.url())).await.map_err(|_| "again, it hangs".to_owned())?;
        let again = again.map_err(|error| format!("again: {error}; {applied:?}; {outcome:?}"))?;
        let writes = ["migrate", "provision"].contains(&operation.name);
        if again != clean && !writes {
            return Err(format!("again: {again} in place of {clean}; {applied:?}"));
        }
        self.settles().await?;
        let applied = self.applied().await?;
        let expected: &[usize] = match operation.name {
            "migrate" => &[2, 1, 0],
            "rollout" => &[1, 2, 2],
            _ => &[1, 1, 0],
        };
        if applied != expected {
            return Err(format!("{applied:?} are applied"));
        }
        if self.scratch().await > 0 { Err("a scratch database is left".to_owned()) } else { Ok(()) }
    }

    /// Waits until the library's sessions are gone, and checks that no lock is left.
    async fn settles(&self) -> Result<(), String> {
        let there = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'schemata' AND datname = current_database()";
        let began = std::time::Instant::now();
        while one::<i64>(&self.admin, there).await > 0 {
            if began.elapsed() > LIMIT {
                return Err("a session is left".to_owned());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
                     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        if one::<i64>(&self.admin, locks).await > 0 { Err("a lock is left".to_owned()) } else { Ok(()) }
    }

    async fn scratch(&self) -> i64 {
        let sql = "SELECT count(*) FROM pg_database
                   WHERE datname LIKE 'schemata\\_scratch\\_' || substr(md5(current_database()), 1, 8) || '%'";
        one(&self.admin, sql).await
    }
}

#[tokio::test]
async fn migrations_and_comparisons_survive_a_fault_at_any_message() {
    let stride = match std::env::var("FAULTS").ok() {
        None => STRIDE,
        Some(all) if all == "all" => 1,
        Some(stride) => stride.parse().expect("FAULTS is `all`, or one case in so many"),
    };
    let trial = Trial::new().await;
    let (mut cases, mut tried, mut wrong) = (0, 0, Vec::new());
    for operation in OPERATIONS {
        trial.reset().await;
        trial.proxy.arm(None);
        let clean =
            (operation.run)(trial.proxy.url()).await.unwrap_or_else(|error| panic!("{}: {error}", operation.name));
        let (messages, _) = trial.proxy.disarm();
        println!("{}: {messages:?}", operation.name);
        let stride = if operation.is_slow { stride * 10 } else { stride };
        for sender in [Sender::Client, Sender::Server] {
            for at in 1..=messages.of(sender) {
                for fault in FAULTS {
                    cases += 1;
                    // What waits for a time limit takes seconds: a sample has fewer of it.
                    let waits = fault == Fault::Silence && stride > 1;
                    if cases % (if waits { stride * 10 } else { stride }) != 0 {
                        continue;
                    }
                    let plan = Plan { fault, sender, at, connection: None };
                    let outcome = trial.faulty(operation, &clean, plan).await;
                    wrong.extend(outcome.err().map(|what| format!("{}, {plan:?}: {what}", operation.name)));
                    assert!(wrong.len() < 20, "{}", wrong.join("\n"));
                    tried += 1;
                }
            }
        }
    }
    println!("{tried} of {cases} cases");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried > 10, "{tried} of {cases}");
}
