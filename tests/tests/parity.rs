//! Defects of pg-schemata that no other file covers: tables and columns with unusual names, and a role with few
//! privileges.

use chrono::{DateTime, TimeZone, Utc};
use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::model::{Audit, Write};
use schemata::prelude::*;
use schemata::{Ident, tables};
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use schemata_tests::shop::{self, entry};

/// A table of all tenants, in a separate schema.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "countries", schema = "shared data")]
struct Country {
    #[column(primary_key, sql_type = "char(2)")]
    code: String,
    name: String,
}

/// A table of one tenant.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "branches")]
struct Branch {
    #[column(primary_key)]
    id: i32,
    #[column(references = Country::code, sql_type = "char(2)", on_delete = cascade)]
    country: String,
}

async fn countries(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE SCHEMA \"shared data\"").await?;
    m.bootstrap(tables![Country]).await
}

async fn branches(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Branch]).await
}

#[tokio::test]
async fn a_foreign_key_of_a_tenant_reaches_the_schema_that_its_target_names() {
    let database = fresh_database().await;
    let common = shop::set(&[entry("1", |m| Box::pin(countries(m)))]);
    Migrator::new(common).run(database.url()).await.expect("creates what all share");
    for tenant in ["tenant_a", "tenant_b"] {
        let own = shop::set(&[entry("1", |m| Box::pin(branches(m)))]);
        let migrator = Migrator::new(own).schema(Ident::new(tenant).expect("short"));
        migrator.run(database.url()).await.expect("creates the tenant's");
    }
    let client = connect(database.url()).await;
    let sql = "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
               WHERE contype = 'f' ORDER BY 1";
    let keys = client.query(sql, &[]).await.expect("reads");
    let keys: Vec<(String, String)> = keys.iter().map(|row| (row.get(0), row.get(1))).collect();
    let target = || "\"shared data\".countries".to_owned();
    assert_eq!(keys, [("tenant_a.branches".to_owned(), target()), ("tenant_b.branches".to_owned(), target())]);

    let db = Db::connect(database.url()).await.expect("connects");
    let (a, b) = (db.in_schema("tenant_a").expect("a name"), db.in_schema("tenant_b").expect("a name"));
    Country::insert().code("NZ").name("New Zealand").exec(&a).await.expect("goes where the model says");
    Branch::insert().id(1).country("NZ").exec(&a).await.expect("inserts");
    Branch::insert().id(2).country("NZ").exec(&b).await.expect("sees the same country");
    let orphan = Branch::insert().id(3).country("XX").exec(&b).await.expect_err("no such country");
    assert_eq!(orphan.kind(), schemata::ErrorKind::ForeignKeyViolation);
    let rows = Branch::select().fetch(&b).await.expect("reads");
    let parents = Branch::COUNTRY_FKEY.parents_of(&rows).fetch(&b).await.expect("reads across schemas");
    assert_eq!(parents.rows().len(), 1);
    let wanted = Branch::COUNTRY_FKEY.parent_exists(Country::name.eq("New Zealand"));
    assert_eq!(Branch::select().filter(wanted).count(&b).await.expect("counts"), 1);
    Country::delete(&a, "NZ".to_owned()).await.expect("deletes");
    assert_eq!(Branch::select().count(&b).await.expect("counts"), 0, "the deletion cascades into each tenant");
}

/// A table with columns named like those of `Audit`, without audit.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "letters")]
struct Letter {
    #[column(primary_key)]
    id: i32,
    #[column(default_sql = "now()")]
    created_at: DateTime<Utc>,
    created_by: Option<String>,
    updated_at: Option<DateTime<Utc>>,
    #[column(default = 7)]
    version: i64,
    deactivated_at: Option<DateTime<Utc>>,
}

async fn letters(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Letter]).await
}

#[tokio::test]
async fn columns_called_like_the_librarys_are_columns_like_any_other() {
    let database = fresh_database().await;
    let set = shop::set(&[entry("1", |m| Box::pin(letters(m)))]);
    Migrator::new(set).run(database.url()).await.expect("creates the table");
    let db = Db::connect(database.url()).await.expect("connects");
    let db = db.as_actor("ann".to_owned());
    let day = |day| Utc.with_ymd_and_hms(2020, 1, day, 0, 0, 0).single().expect("a day");
    let plain = Letter::insert().id(1).exec(&db).await.expect("inserts");
    assert_eq!((plain.created_by, plain.updated_at, plain.version), (None, None, 7), "nobody fills them in");
    let dated = Letter::insert().id(2).created_at(day(1)).created_by("bob".to_owned()).deactivated_at(day(2));
    let dated = dated.exec(&db).await.expect("inserts");
    assert_eq!((dated.created_at, dated.created_by.as_deref()), (day(1), Some("bob")));
    let moved = Letter::update(2).created_at(day(3)).exec(&db).await.expect("updates").expect("nothing hides it");
    assert_eq!((moved.created_at, moved.updated_at, moved.version), (day(3), None, 7), "only what was given");
    let batch = [Letter::update(1).version(1), Letter::update(2).version(2)];
    assert_eq!(Letter::update_many(batch).exec(&db).await.expect("updates"), 2);
    let upserts = [Letter::insert().id(2).created_at(day(4)), Letter::insert().id(3).created_at(day(5))];
    let upserted =
        Letter::upsert_many(upserts, Letter::primary_key()).update_given().fetch(&db).await.expect("upserts");
    let told: Vec<_> = upserted.iter().map(|row| (row.created_at, row.version, row.updated_at)).collect();
    assert_eq!(told, [(day(4), 2, None), (day(5), 7, None)]);
    assert!(Letter::delete(&db, 2).await.expect("deletes"));
    assert_eq!(Letter::select().count(&db).await.expect("counts"), 2);
}

#[tokio::test]
async fn a_role_that_may_create_in_its_schema_only_can_migrate_it() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let role = format!("schemata_test_schema_only_{}", std::process::id());
    let name: String = client.query_one("SELECT current_database()", &[]).await.expect("one row").get(0);
    let name = Ident::new(&name).expect("short");
    let set_up = format!(
        "CREATE ROLE {role} LOGIN PASSWORD 'x'; REVOKE CREATE, TEMPORARY ON DATABASE {name} FROM PUBLIC, {role};
         REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE SCHEMA tenant_a; GRANT CREATE, USAGE ON SCHEMA tenant_a TO {role}"
    );
    client.batch_execute(&set_up).await.expect("sets up");
    let may: bool = client
        .query_one(&format!("SELECT has_database_privilege('{role}', current_database(), 'CREATE')"), &[])
        .await
        .expect("one row")
        .get(0);
    let as_role = format!("-c role={role}");
    let url = with_options(database.url(), &as_role);
    let run = |schema: &'static str| {
        let set = shop::set(&[entry("1", |m| Box::pin(letters(m)))]);
        let url = url.clone();
        async move { Migrator::new(set).schema(Ident::new(schema).expect("short")).run(&url).await }
    };
    let done = run("tenant_a").await;
    let again = run("tenant_a").await;
    let refused = run("tenant_b").await;
    let owner = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'tenant_a.letters'::regclass";
    let owner = client.query_one(owner, &[]).await;
    client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.expect("cleans up");
    assert!(!may, "the role must not be able to create schemas, or this shows nothing");
    assert_eq!(done.expect("the schema is there: nothing is asked of the database").applied.len(), 1);
    assert!(again.expect("up to date").applied.is_empty());
    assert_eq!(owner.expect("it is there").get::<_, String>(0), role);
    let refused = refused.expect_err("that schema would have to be created");
    let mut text = refused.to_string();
    let mut cause = std::error::Error::source(&refused);
    while let Some(next) = cause {
        text.push_str(&next.to_string());
        cause = next.source();
    }
    assert!(text.contains("42501") || text.contains("permission denied"), "{text}");
}

/// The URL, with start-up options for the server.
fn with_options(url: &str, options: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}options={}", options.replace(' ', "%20").replace('=', "%3D"))
}

/// A user who may act for a tenant.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "staff")]
struct Staff {
    #[column(primary_key)]
    tenant: i32,
    #[column(primary_key, sql_type = "varchar(50)")]
    name: String,
}

/// A note by a user of the tenant.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "memos", foreign_key(columns(tenant, audit.created_by), references(Staff::tenant, Staff::name)))]
struct Memo {
    #[column(primary_key)]
    id: i32,
    tenant: i32,
    #[column(flatten)]
    audit: Audit,
}

async fn memos(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Staff, Memo]).await
}

#[tokio::test]
async fn a_foreign_key_of_two_columns_takes_one_of_a_group() {
    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(&[entry("1", |m| Box::pin(memos(m)))]));
    migrator.run(database.url()).await.expect("applies");
    let db = Db::connect(database.url()).await.expect("connects");
    Staff::insert().tenant(1).name("ann").exec(&db).await.expect("inserts");
    Memo::insert().id(1).tenant(1).actor("ann").exec(&db).await.expect("she is of the tenant");
    for (id, tenant, actor) in [(2, 2, "ann"), (3, 1, "bob")] {
        let error =
            Memo::insert().id(id).tenant(tenant).actor(actor).exec(&db).await.expect_err("nobody of the tenant");
        assert_eq!(error.kind(), schemata::ErrorKind::ForeignKeyViolation);
        assert_eq!(error.constraint(), Some("memos_tenant_created_by_fkey"));
    }
}
