//! The code of `docs/guide/tenants.md`, compiled and run.

use schemata::migrate::Migrator;
use schemata::model::Write;
use schemata::tenants::{Outcome, Rollout, Tenants};
use schemata::{Db, Ident, TableModel};
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use schemata_tests::shop::{self, INITIAL, first::Customer};

fn migrator() -> Migrator {
    Migrator::new(shop::set(&[INITIAL]))
}

#[tokio::test]
async fn many_schemas() -> Result<(), Box<dyn std::error::Error>> {
    let database = fresh_database().await;
    let url = database.url();
    let schemas = "CREATE SCHEMA tenant_1; CREATE SCHEMA tenant_2; CREATE SCHEMA tenant_test";
    connect(url).await.batch_execute(schemas).await?;

    let tenants = Tenants::matching(url, "tenant_*").await?;
    let rollout = Rollout::new(migrator()).jobs(4).canary(Ident::new("tenant_test")?).max_failures(2);
    let report = rollout.run(url, &tenants).await?;
    for group in report.groups() {
        if let Outcome::Failed { error } = &group.common {
            return Err(format!("{}: {error}", group.label()).into());
        }
    }
    assert!(report.is_complete());

    let status = rollout.status(url, &tenants).await?;
    assert!(status.is_up_to_date());

    migrator().schema(Ident::new("tenant_new")?).provision(url).await?;
    let db = Db::connect(url).await?.in_schema("tenant_new")?;
    let ada = Customer::insert().email("ada@example.com").full_name("Ada").exec(&db).await?;
    let theirs = connect(url).await.query_one("SELECT id FROM tenant_new.customers", &[]).await?;
    assert_eq!(theirs.get::<_, uuid::Uuid>(0), ada.id);
    assert_eq!(report.schemas.len(), 3);
    Ok(())
}
