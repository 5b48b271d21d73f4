//! Batches while a migration changes the types of columns under their prepared statements.

use schemata::model::Write;
use schemata::{Db, ErrorKind, PgEnum, TableModel};
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PgEnum)]
#[column(name = "state")]
enum State {
    Packed,
    Sent,
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "parcels")]
struct Parcel {
    #[column(primary_key)]
    id: i32,
    state: State,
    #[column(default = 1)]
    weight: i32,
}

const MAKE: &str = "CREATE TYPE state AS ENUM ('packed', 'sent');
    CREATE TABLE parcels (id int4 PRIMARY KEY, state state NOT NULL, weight int4 NOT NULL DEFAULT 1)";

/// The SQL of a migration that removes a label: values of the old type no longer fit the column.
const RENEW: &str = "ALTER TYPE state RENAME TO state_old; CREATE TYPE state AS ENUM ('packed', 'sent');
    ALTER TABLE parcels ALTER state TYPE state USING state::text::state;
    DO $$ BEGIN EXECUTE 'ALTER TYPE state_old RENAME TO state_' || txid_current(); END $$";

/// Rows of two groups, so that the batch takes two statements.
fn mixed(first: i32) -> Vec<impl schemata::model::Insertable<Model = Parcel>> {
    let row = |n| Parcel::insert_from(Parcel::insert().id(n).state(State::Sent));
    (first..first + 6).map(|n| if n % 2 == 0 { row(n).weight(7) } else { row(n) }).collect()
}

fn many(first: i32) -> Vec<impl schemata::model::Insertable<Model = Parcel>> {
    (first..first + 300).map(|n| Parcel::insert().id(n).state(State::Packed)).collect()
}

/// Writes a batch in every way, with rows numbered from `first` on.
async fn every_batch(db: &Db, first: i32) -> schemata::Result<()> {
    assert_eq!(Parcel::insert_many(mixed(first)).exec(db).await?, 6);
    let rows = Parcel::insert_many(mixed(first + 10)).fetch(db).await?;
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), (first + 10..first + 16).collect::<Vec<_>>());
    assert_eq!(Parcel::insert_many(many(first + 1_000)).exec(db).await?, 300);
    assert_eq!(Parcel::upsert_many(mixed(first), Parcel::primary_key()).update_given().exec(db).await?, 6);
    let updates = (first..first + 6).map(|n| {
        let update = Parcel::update(n).state(State::Packed);
        if n % 2 == 0 { update.weight(9) } else { update }
    });
    let changed = Parcel::update_many(updates).fetch(db).await?;
    assert_eq!(changed.iter().map(|row| row.state).collect::<Vec<_>>(), [State::Packed; 6]);
    Parcel::insert().id(first + 30).state(State::Sent).exec(db).await.map(drop)
}

#[tokio::test]
async fn each_batch_is_done_again_outside_a_transaction() {
    let database = fresh_database().await;
    let admin = connect(database.url()).await;
    admin.batch_execute(MAKE).await.expect("makes");
    // One connection per way of writing; otherwise the first one would renew the statements of all.
    for way in 0..5 {
        let db = Db::builder(database.url()).max_connections(1).connect().await.expect("connects");
        let first = 10_000 * way;
        every_batch(&db, first).await.expect("prepares");
        admin.batch_execute(RENEW).await.expect("renews");
        let first = first + 5_000;
        let rows = match way {
            0 => Parcel::insert_many(mixed(first)).exec(&db).await,
            1 => Parcel::insert_many(mixed(first)).fetch(&db).await.map(|rows| rows.len() as u64),
            2 => Parcel::upsert_many(mixed(first), Parcel::primary_key()).update_given().exec(&db).await,
            3 => Parcel::upsert_many(mixed(first), Parcel::primary_key())
                .update_given()
                .fetch(&db)
                .await
                .map(|rows| rows.len() as u64),
            _ => Parcel::insert().id(first).state(State::Sent).exec(&db).await.map(|_| 1),
        };
        let rows = rows.unwrap_or_else(|error| panic!("way {way}: {error:?}"));
        assert_eq!(rows, if way == 4 { 1 } else { 6 });
        let there = Parcel::select().filter(Parcel::id.between(first, first + 999)).count(&db).await.expect("counts");
        assert_eq!(u64::try_from(there).expect("positive"), rows, "way {way}: once each");
        every_batch(&db, first + 40).await.expect("goes on");
    }
}

#[tokio::test]
async fn inside_a_transaction_it_fails_and_the_next_one_has_the_new_types() {
    let database = fresh_database().await;
    let admin = connect(database.url()).await;
    admin.batch_execute(MAKE).await.expect("makes");
    let db = Db::builder(database.url()).max_connections(1).connect().await.expect("connects");
    every_batch(&db, 0).await.expect("prepares");
    admin.batch_execute(RENEW).await.expect("renews");
    let insert = |n| db.transaction(move |tx| async move { Parcel::insert_many(mixed(n)).exec(&tx).await });
    insert(5_000).await.expect_err("the transaction is lost");
    assert_eq!(insert(5_000).await.expect("the statements were forgotten"), 6);
}

#[tokio::test]
async fn a_column_of_another_type_is_an_error_after_one_more_attempt() {
    let database = fresh_database().await;
    let admin = connect(database.url()).await;
    admin.batch_execute(MAKE).await.expect("makes");
    admin.batch_execute("CREATE TABLE other (id int4, state int4)").await.expect("makes");
    let db = Db::connect(database.url()).await.expect("connects");
    let wrong = schemata::Executor::execute_sql(&db, "INSERT INTO public.other SELECT 1, 'x'::text", &[]);
    let error = wrong.await.expect_err("text is no number");
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Syntax, false));
}

#[tokio::test]
async fn tenants_whose_enums_are_called_alike_share_a_connection() {
    let database = fresh_database().await;
    let admin = connect(database.url()).await;
    for tenant in ["one", "two", "three"] {
        let make = format!("CREATE SCHEMA {tenant}; SET search_path = {tenant}; {MAKE}");
        admin.batch_execute(&make).await.expect("makes");
    }
    let db = Db::builder(database.url()).max_connections(1).connect().await.expect("connects");
    for round in 1..4 {
        for tenant in ["one", "two", "three"] {
            let tenant = db.in_schema(tenant).expect("a name");
            every_batch(&tenant, 10_000 * round).await.unwrap_or_else(|error| panic!("{tenant:?}: {error:?}"));
            let packed = Parcel::select().filter(Parcel::state.is_in([State::Packed])).count(&tenant).await;
            assert_eq!(packed.expect("counts"), i64::from(round) * 306, "{tenant:?}");
            let sorted = Parcel::select().order_by(Parcel::state.desc()).page(2);
            assert_eq!(sorted.fetch(&tenant).await.expect("reads").rows[0].state, State::Sent);
        }
    }
}
