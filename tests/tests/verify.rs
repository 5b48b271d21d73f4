//! `db.verify()`: what an application learns of its database before it serves anyone.

use schemata::Db;
use schemata::migrate::{Migration, MigrationEntry, MigrationResult, MigrationSet, Migrator};
use schemata::prelude::TableModel;
use schemata::prove::VerifyError;
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use schemata_tests::shop::{self, INITIAL, STATUS, entry};
use schemata_tests::wire::CountingProxy;

async fn migrate(url: &str, entries: &[MigrationEntry]) {
    Migrator::new(shop::set(entries)).run(url).await.unwrap_or_else(|error| panic!("{error:?}"));
}

async fn edited(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("SELECT 'something else'").await?;
    Ok(())
}

#[tokio::test]
async fn a_database_as_it_should_be_or_newer_is_fine() {
    let database = fresh_database().await;
    migrate(database.url(), &[INITIAL, STATUS]).await;
    let db = Db::connect(database.url()).await.expect("connects");
    let verified = db.verify_with(&shop::set(&[INITIAL, STATUS])).await.expect("up to date");
    assert!(verified.ahead.is_empty());
    let newer = db.verify_with(&shop::set(&[INITIAL])).await.expect("newer than the code");
    assert_eq!(newer.ahead, ["shop:0002_add_order_status"]);
}

#[tokio::test]
async fn an_older_database_is_refused_by_name() {
    let database = fresh_database().await;
    let db = Db::connect(database.url()).await.expect("connects");
    let all = shop::set(&[INITIAL, STATUS]);
    let empty = db.verify_with(&all).await.expect_err("never migrated");
    assert_eq!(
        empty.to_string(),
        "the database is older than this program: shop:0001_initial_catalog and shop:0002_add_order_status are not applied \
         to schema \"public\"; run `migrate`"
    );
    migrate(database.url(), &[INITIAL]).await;
    let Err(VerifyError::Older { pending, .. }) = db.verify_with(&all).await else { panic!("0002 is pending") };
    assert_eq!(pending, ["shop:0002_add_order_status"]);
    // The newest migration is not decisive: one that was merged late is missing, too.
    let late = shop::set(&[entry("0000_late", |m| Box::pin(edited(m))), INITIAL]);
    assert!(matches!(db.verify_with(&late).await, Err(VerifyError::Older { .. })));
}

#[tokio::test]
async fn an_incompatible_database_is_refused() {
    let database = fresh_database().await;
    migrate(database.url(), &[INITIAL, STATUS]).await;
    let db = Db::connect(database.url()).await.expect("connects");
    let other = shop::set(&[INITIAL, entry("0002_add_order_status", |m| Box::pin(edited(m)))]);
    let Err(VerifyError::Incompatible { edits }) = db.verify_with(&other).await else { panic!("another 0002") };
    assert_eq!(edits.iter().map(|edit| edit.id.as_str()).collect::<Vec<_>>(), ["0002_add_order_status"]);
    let nothing = db.verify_with(&MigrationSet::default()).await.expect_err("would prove nothing");
    assert!(matches!(nothing, VerifyError::NothingLinked { applied: 2, .. }));
}

#[tokio::test]
async fn a_tenants_handle_verifies_the_tenants_ledger() {
    let database = fresh_database().await;
    let tenant = schemata::Ident::new("Tenant \"1\"").expect("short");
    Migrator::new(shop::set(&[INITIAL])).schema(tenant).run(database.url()).await.expect("applies");
    let db = Db::connect(database.url()).await.expect("connects");
    let set = shop::set(&[INITIAL]);
    db.in_schema("Tenant \"1\"").expect("a name").verify_with(&set).await.expect("migrated");
    assert!(matches!(db.verify_with(&set).await, Err(VerifyError::Older { .. })), "public never was");
    let gone = db.in_schema("nobody").expect("a name").verify_with(&set).await;
    assert!(matches!(gone, Err(VerifyError::NoSuchSchema { .. })), "{gone:?}");
}

#[tokio::test]
async fn reading_the_ledger_is_all_it_needs_and_one_round_trip_all_it_costs() {
    let database = fresh_database().await;
    migrate(database.url(), &[INITIAL, STATUS]).await;
    let owner = connect(database.url()).await;
    let role = format!("{}_reader", database.name());
    let grants = format!(
        "CREATE ROLE {role} LOGIN; REVOKE ALL ON SCHEMA public FROM public; GRANT USAGE ON SCHEMA public TO {role}"
    );
    owner.batch_execute(&grants).await.expect("a role");
    let proxy = CountingProxy::to(database.url()).await;
    let user = proxy.url().split_once("//").and_then(|(_, rest)| rest.split_once('@')).expect("a user").0;
    let url = proxy.url().replacen(&format!("//{user}@"), &format!("//{role}@"), 1);
    let set = shop::set(&[INITIAL, STATUS]);
    let db = Db::connect(&url).await.expect("connects");
    let refused = db.verify_with(&set).await.expect_err("may not read the ledger");
    assert!(matches!(refused, VerifyError::NoPrivilege { .. }), "{refused:?}");
    assert!(refused.to_string().contains("GRANT SELECT ON \"public\".schemata_migrations"), "{refused}");

    owner.batch_execute(&format!("GRANT SELECT ON schemata_migrations TO {role}")).await.expect("grants");
    for pooler in [schemata::Pooler::None, schemata::Pooler::Transaction] {
        let db = Db::builder(&url).pooler(pooler).connect().await.expect("connects");
        db.verify_with(&set).await.expect("up to date");
        proxy.take();
        db.verify_with(&set).await.expect("up to date");
        assert_eq!(proxy.take(), 1, "{pooler:?}");
    }
    owner.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.expect("drops the role");
}

#[tokio::test]
async fn an_unknown_schema_is_reported_as_such() {
    let database = fresh_database().await;
    connect(database.url())
        .await
        .batch_execute("CREATE SCHEMA tenant_1; CREATE SCHEMA tenant_2")
        .await
        .expect("creates");
    let db = Db::connect(database.url()).await.expect("connects").in_schema("tenant_l").expect("a name");
    let set = shop::set(&[INITIAL]);
    let error = db.verify_with(&set).await.expect_err("there is no such schema");
    assert!(matches!(&error, VerifyError::NoSuchSchema { nearest, .. } if nearest[0] == "\"tenant_1\""), "{error:?}");
    assert_eq!(
        error.to_string(),
        "there is no schema \"tenant_l\"; there is \"tenant_1\", \"tenant_2\", \"public\"; `migrate --schema` and `provision` \
         create one"
    );
    // Other calls name the missing relation with its schema.
    let error = shop::first::Order::select().fetch(&db).await.expect_err("no such table");
    assert_eq!(error.kind(), schemata::ErrorKind::UndefinedObject);
    let source = std::error::Error::source(&error).expect("PostgreSQL's words").to_string();
    assert!(source.contains("tenant_l.orders"), "{source}");
    // A schema that exists but was never migrated is older.
    let there = Db::connect(database.url()).await.expect("connects").in_schema("tenant_1").expect("a name");
    assert!(matches!(there.verify_with(&set).await, Err(VerifyError::Older { .. })));
}
