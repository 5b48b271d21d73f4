//! Raw SQL: typed rows by position, and mistakes named by column.

use schemata::{Error, Executor, RawSql};
use schemata_tests::catalog::{connect, one};
use schemata_tests::runtime::{add, shop_db};
use schemata_tests::shop::first::Customer;

#[tokio::test]
async fn rows_become_models_and_tuples_on_every_executor() {
    let (_database, db) = shop_db().await;
    let ada = add(&db, "ada").await.expect("inserts");
    let sql = "SELECT id, email, full_name, phone, created_at, created_by, updated_at, updated_by \
               FROM public.customers WHERE email = $1";
    let found = db.query_as::<Customer>(sql, &[&"ada"]).await.expect("reads");
    assert_eq!(found, [ada]);
    let count = "SELECT count(*), max(phone) FROM public.customers";
    assert_eq!(db.query_as::<(i64, Option<String>)>(count, &[]).fetch_one().await.expect("reads"), (1, None));
    db.transaction(|tx| async move {
        let touched = tx.execute_sql("UPDATE public.customers SET phone = $1", &[&"1"]).await?;
        assert_eq!(touched, 1);
        let phones = tx.query_as::<(Option<String>,)>("SELECT phone FROM public.customers", &[]).await?;
        assert_eq!(phones, [(Some("1".to_owned()),)]);
        Ok::<(), Error>(())
    })
    .await
    .expect("commits");
    let none = db.query_as::<Customer>(sql, &[&"nobody"]);
    assert!(matches!(none.fetch_one().await, Err(Error::NotFound { .. })));
    assert_eq!(db.query_as::<Customer>(sql, &[&"nobody"]).fetch_optional().await.expect("reads"), None);
}

#[tokio::test]
async fn columns_that_do_not_agree_are_named() {
    let (_database, db) = shop_db().await;
    let error = db.query_as::<(i32,)>("SELECT 1, 'x' AS extra", &[]).await.expect_err("one too many");
    let Error::ColumnCount { returned: 2, expected: 1, column } = &error else { panic!("{error:?}") };
    assert_eq!(column, "extra");
    let error = db.query_as::<(i32, String)>("SELECT 1", &[]).await.expect_err("one too few");
    assert!(matches!(&error, Error::ColumnCount { returned: 1, expected: 2, .. }), "{error:?}");
    assert_eq!(error.column(), Some("number 2"));
    let error = db.query_as::<(i32, i32)>("SELECT 1, 'x' AS wrong", &[]).await.expect_err("no integer");
    assert_eq!(error.column(), Some("wrong"));
    let error = db.query_as::<(String,)>("SELECT NULL::text AS nothing", &[]).await.expect_err("NULL");
    assert_eq!(error.column(), Some("nothing"));
    // The connection is usable after each.
    assert_eq!(db.query_as::<(i32,)>("SELECT 1", &[]).await.expect("reads"), [(1,)]);
}

#[tokio::test]
async fn a_text_made_at_run_time_has_to_be_marked() {
    let (_database, db) = shop_db().await;
    let sql = RawSql::trusted(format!("SELECT count(*) FROM {}.customers", db.schema()));
    assert!(!format!("{sql:?}").contains("customers"), "it may hold values");
    assert_eq!(db.query_as::<(i64,)>(sql, &[]).await.expect("reads"), [(0,)]);
}

#[tokio::test]
async fn a_procedure_that_commits_runs_once_whatever_it_raises() {
    let (database, db) = shop_db().await;
    let client = connect(database.url()).await;
    client.batch_execute("CREATE TABLE runs (of text)").await.expect("creates");
    // Errors after which a query is prepared again and repeated.
    for state in ["42704", "42804", "42883", "26000"] {
        let body = format!(
            "BEGIN INSERT INTO public.runs VALUES ('{state}'); COMMIT; RAISE 'after' USING ERRCODE = '{state}'; END"
        );
        client
            .batch_execute(&format!("CREATE OR REPLACE PROCEDURE step() LANGUAGE plpgsql AS $$ {body} $$"))
            .await
            .expect("creates");
        for text in ["CALL public.step()".to_owned(), format!("; /* a block */ do $$ {body} $$")] {
            let sql = RawSql::trusted(text);
            for run in 1..=2 {
                let failed = db.execute_sql(sql.clone(), &[]).await.expect_err("raises");
                assert_eq!(failed.sqlstate(), Some(state), "{failed:?}");
                let runs = one::<i64>(&client, "SELECT count(*) FROM runs").await;
                assert_eq!(runs, run, "{state} on a pool: {sql:?}");
            }
            client.execute_sql(sql.clone(), &[]).await.expect_err("raises");
            client.query_as::<(i32,)>(sql, &[]).await.expect_err("raises");
            assert_eq!(one::<i64>(&client, "SELECT count(*) FROM runs").await, 4, "{state} on a client");
            client.batch_execute("DELETE FROM runs").await.expect("empties");
        }
    }
}
