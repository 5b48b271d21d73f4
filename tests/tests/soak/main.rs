//! The order service under load, with a fault per second: nothing is lost, doubled or half done, and nothing grows.
//!
//! It runs for a few seconds in every test run; `tests/soak.sh [MINUTES]` runs it for longer, on a server that is restarted
//! half-way.

#[path = "../../../order-service-example/src/error.rs"]
mod error;
#[path = "../../../order-service-example/src/migrations/mod.rs"]
mod migrations;
#[path = "../../../order-service-example/src/models/mod.rs"]
mod models;
#[path = "../../../order-service-example/src/placing.rs"]
mod placing;
#[path = "../../../order-service-example/src/reports.rs"]
mod reports;
#[path = "../../../order-service-example/src/service.rs"]
mod service;

mod books;
mod faults;
mod gauges;
mod load;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use schemata::Db;
use schemata::migrate::{MigrationSet, Migrator};
use schemata_tests::fresh_database;
use schemata_tests::own_server::OwnServer;
use schemata_tests::wire::FaultProxy;

use crate::books::Books;
use crate::gauges::Gauges;

/// The size of the pool, which has more workers than that.
const CONNECTIONS: usize = 6;
const WORKERS: u64 = 10;
/// A small cache, so that statements are evicted all the time.
const STATEMENTS: usize = 24;

fn duration() -> Duration {
    let seconds = std::env::var("SOAK_SECONDS").map_or(5, |text| text.parse().expect("SOAK_SECONDS is a number"));
    Duration::from_secs(seconds)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_grows_with_a_fault_per_second() {
    if duration() < Duration::from_secs(60) {
        let database = fresh_database().await;
        soak(database.url(), None).await;
    } else {
        let server = OwnServer::start();
        let url = server.url("postgres");
        soak(&url, Some(server)).await;
    }
}

async fn soak(url: &str, mut server: Option<OwnServer>) {
    Migrator::new(MigrationSet::linked().expect("two migrations")).run(url).await.expect("applies");
    let proxy = FaultProxy::to(url).await;
    let db = Db::builder(proxy.url()).max_connections(CONNECTIONS).statement_cache(STATEMENTS);
    let db = db.statement_timeout(Duration::from_millis(800)).acquire_timeout(Duration::from_secs(60));
    let db = db.application_name("soak").connect().await.expect("connects");
    service::add_customer(&db, "ada@example.com", "Ada", None).await.expect("adds a customer");

    let (books, stop) = (Arc::new(Books::default()), Arc::new(AtomicBool::new(false)));
    let workers =
        (0..WORKERS).map(|seed| tokio::spawn(load::work(db.clone(), Arc::clone(&books), Arc::clone(&stop), seed)));
    let workers: Vec<_> = workers.collect();
    let (began, mut gauges, mut faults) = (Instant::now(), Gauges::default(), faults::Faults::new(url, &proxy));
    let mut second = 0;
    while began.elapsed() < duration() {
        second += 1;
        if let Some(server) = &mut server
            && began.elapsed() > duration() / 2
            && !faults.restarted
        {
            faults.restarted = true;
            server.restart();
        } else {
            faults.next(second).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        gauges.read(url, &db, second).await;
        assert!(workers.iter().all(|worker| !worker.is_finished()), "no worker has failed");
    }
    stop.store(true, Ordering::SeqCst);
    for worker in workers {
        worker.await.expect("no worker has failed");
    }
    gauges.settle(url, &db).await;
    println!("{faults}\n{books}\n{gauges}");
    assert!(books.done() > 20, "there was a load");
    books.audit(url).await;
    gauges.judge(duration());
}
