//! What a transaction's handle is asked from elsewhere, while the transaction ends.

use std::time::Duration;

use schemata::migrate::Migrator;
use schemata::model::Write;
use schemata::{Db, Error, TableModel};
use schemata_tests::shop::{self, INITIAL, first::Customer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_of_a_clone_never_outlives_the_rollback() {
    let database = schemata_tests::fresh_database().await;
    Migrator::new(shop::set(&[INITIAL])).run(database.url()).await.expect("applies");
    for round in 0..60_u64 {
        // A fresh pool: the statement is prepared first, and the ROLLBACK may come between preparing and running.
        let db = Db::connect(database.url()).await.expect("connects");
        let undone: Result<(), Error> = db
            .transaction(|tx| async move {
                let clone = tx.clone();
                drop(tokio::spawn(async move {
                    Customer::insert().email(format!("{round}@x")).full_name("N").exec(&clone).await
                }));
                tokio::time::sleep(Duration::from_micros(round * 20)).await;
                Err(Error::NotFound { table: "nothing" })
            })
            .await;
        assert!(undone.is_err());
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    let db = Db::connect(database.url()).await.expect("connects");
    assert_eq!(Customer::select().count(&db).await.expect("counts"), 0);
}
