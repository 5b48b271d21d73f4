//! Models, groups and derived types as serde, utoipa, clap and secrecy see them.

use std::fmt::Debug;
use std::marker::PhantomData;

use chrono::{DateTime, Utc};
use clap::ValueEnum;
use clap::builder::PossibleValue;
use rust_decimal::Decimal;
use schemata::model::RowVersion;
use schemata::prelude::*;
use schemata::schema::{UnknownLabelError, UnknownNumberError};
use schemata::{Error, TextEnum};
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TableModel)]
#[table(name = "customers")]
pub struct Customer {
    #[column(primary_key, default_sql = "gen_random_uuid()")]
    pub id: Uuid,
}

/// The README's model, which derives serde's traits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TableModel)]
#[table(name = "orders")]
pub struct Order {
    #[column(primary_key, default_sql = "gen_random_uuid()")]
    pub id: Uuid,
    #[column(references = Customer::id, on_delete = cascade)]
    pub customer_id: Uuid,
    #[column(sql_type = "varchar(20)", unique)]
    pub order_number: String,
    #[column(sql_type = "numeric(12,2)", default = 0)]
    pub order_total: Decimal,
    #[column(default_sql = "now()")]
    pub placed_at: DateTime<Utc>,
    #[column(sql_type = "varchar(20)", default = "pending")]
    pub status: String,
    pub shipped_at: Option<DateTime<Utc>>,
    #[column(flatten)]
    pub audit: Audit,
}

#[derive(Debug, Clone, Copy, PartialEq, PgEnum)]
#[column(serde, utoipa, clap)]
enum Status {
    Pending,
    #[column(name = "on its way")]
    Shipped,
}

#[derive(Debug, Clone, Copy, PartialEq, TextEnum)]
#[column(serde)]
enum Size {
    ExtraLarge,
    // The names of the traits' types are variants too.
    Err,
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq, IntEnum)]
#[column(check, serde, utoipa)]
#[repr(i16)]
enum Priority {
    Low = -1,
    High = 5,
}

#[derive(Debug, Clone, PartialEq, Newtype)]
#[column(serde, utoipa)]
struct Email(String);

#[derive(Debug, Clone, PartialEq, Newtype)]
#[column(serde, utoipa)]
struct Id<T>(i64, PhantomData<fn() -> T>);

#[derive(Debug, Clone, PartialEq, Newtype)]
#[column(serde)]
struct Tags(Vec<Email>);

#[track_caller]
fn same<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, json: &Value) {
    assert_eq!(&serde_json::to_value(value).expect("serializes"), json);
    assert_eq!(&T::deserialize(json).expect("deserializes"), value);
}

fn instant() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn audit() -> Audit {
    Audit { created_at: instant(), created_by: "ada".to_owned(), updated_at: instant(), updated_by: None }
}

#[test]
fn the_readmes_model_is_json() {
    let order = Order {
        id: Uuid::nil(),
        customer_id: Uuid::nil(),
        order_number: "A-1".to_owned(),
        order_total: Decimal::new(1_250, 2),
        placed_at: instant(),
        status: "pending".to_owned(),
        shipped_at: None,
        audit: audit(),
    };
    let at = "1970-01-01T00:00:00Z";
    same(
        &order,
        &json!({
            "id": Uuid::nil(), "customer_id": Uuid::nil(), "order_number": "A-1", "order_total": "12.50", "placed_at": at,
            "status": "pending", "shipped_at": null,
            "audit": {"created_at": at, "created_by": "ada", "updated_at": at, "updated_by": null},
        }),
    );
}

#[test]
fn groups_and_derived_types_are_json() {
    same(&SoftDelete { deactivated_at: None }, &json!({"deactivated_at": null}));
    same(&RowVersion { version: 7 }, &json!({"version": 7}));
    let by = Audit { created_by: Some(Uuid::nil()), created_at: instant(), updated_at: instant(), updated_by: None };
    let by: Audit<Option<Uuid>> = by;
    assert_eq!(serde_json::to_value(&by).expect("serializes")["created_by"], json!(Uuid::nil()));
    same(&Status::Shipped, &json!("on its way"));
    same(&Size::ExtraLarge, &json!("extra_large"));
    same(&[Size::Err, Size::Error].to_vec(), &json!(["err", "error"]));
    same(&Priority::Low, &json!(-1));
    same(&Tags(vec![Email("a@b".to_owned())]), &json!(["a@b"]));
    same(&Id::<Order>(7, PhantomData), &json!(7));
    let unknown = Status::deserialize(json!("lost")).expect_err("no label");
    assert_eq!(unknown.to_string(), r#"unknown label "lost"; the labels are pending, on its way"#);
    let unknown = Priority::deserialize(json!(0)).expect_err("no number");
    assert_eq!(unknown.to_string(), "unknown number 0; the numbers are -1, 5");
}

#[test]
fn groups_and_derived_types_are_schemas() {
    fn schema<T: ToSchema>() -> Value {
        serde_json::to_value(<T as PartialSchema>::schema()).expect("serializes")
    }
    let string = json!({"type": "string"});
    let (instant, maybe) =
        (json!({"type": "string", "format": "date-time"}), json!({"oneOf": [{"type": "null"}, string]}));
    assert_eq!(
        schema::<Audit>(),
        json!({
            "type": "object",
            "required": ["created_at", "created_by", "updated_at"],
            "properties": {"created_at": instant, "created_by": string, "updated_at": instant, "updated_by": maybe},
        })
    );
    let deactivated = json!({"type": ["string", "null"], "format": "date-time"});
    assert_eq!(schema::<SoftDelete>(), json!({"type": "object", "properties": {"deactivated_at": deactivated}}));
    assert_eq!(schema::<RowVersion>()["required"], json!(["version"]));
    assert_eq!(schema::<Status>(), json!({"type": "string", "enum": ["pending", "on its way"]}));
    assert_eq!(schema::<Priority>(), json!({"type": "integer", "enum": [-1, 5]}));
    assert_eq!(schema::<Email>(), string);
    assert_eq!(
        (schema::<Id<Order>>()["type"].clone(), <Status as ToSchema>::name().into_owned()),
        (json!("integer"), "Status".to_owned())
    );
}

#[test]
fn labels_are_parsed_and_shown() {
    assert_eq!("on its way".parse(), Ok(Status::Shipped));
    assert_eq!(format!("{:>12}", Status::Shipped), "  on its way");
    let UnknownLabelError { found, labels, .. } = "On Its Way".parse::<Status>().expect_err("is not a label");
    assert_eq!((found.as_str(), labels), ("On Its Way", &["pending", "on its way"][..]));
    let UnknownNumberError { found, numbers, .. } = Priority::try_from(4).expect_err("is no number");
    assert_eq!((found, numbers), (4, &[-1, 5][..]));
    let values: Vec<_> = Status::value_variants().iter().filter_map(ValueEnum::to_possible_value).collect();
    assert_eq!(values.iter().map(PossibleValue::get_name).collect::<Vec<_>>(), ["pending", "on its way"]);
    assert_eq!(<Status as ValueEnum>::from_str("pending", false), Ok(Status::Pending));
}

#[derive(Debug, Clone, TableModel)]
#[table(name = "accounts")]
struct Account {
    #[column(primary_key)]
    id: Id<Account>,
    #[column(sql_type = "varchar(30)")]
    token: SecretString,
    old_token: Option<SecretString>,
    #[column(default = 5)]
    priority: Priority,
    ranks: Vec<Priority>,
}

const SECRET: &str = "hunter2-hunter2";

#[tokio::test]
async fn secrets_are_stored_and_never_shown() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let ddl = schemata::migrate::MigrationSet::new([schemata::migrate::MigrationEntry::new(
        "accounts",
        "1",
        |m| Box::pin(async move { m.bootstrap(tables![Account]).await }),
        file!(),
        line!(),
    )]);
    schemata::migrate::Migrator::new(ddl.expect("one")).run(database.url()).await.expect("creates the table");
    let db = Db::connect(database.url()).await.expect("connects");
    let new = |id: i64| Account::insert().id(Id(id, PhantomData)).token(SECRET).ranks(vec![Priority::Low]);
    let account = new(1).old_token(SecretString::from(SECRET)).exec(&db).await.expect("inserts");
    assert_eq!((account.token.expose_secret(), account.priority), (SECRET, Priority::High));
    assert_eq!(
        (account.old_token.map(|token| token.expose_secret().len()), account.ranks),
        (Some(SECRET.len()), vec![Priority::Low])
    );
    Account::insert_many((2..200).map(new)).exec(&db).await.expect("inserts");
    let found =
        Account::select().filter(Account::token.eq(SecretString::from(SECRET))).count(&db).await.expect("counts");
    assert_eq!(found, 199);
    let listed = Account::select().filter(Account::token.is_in([SECRET])).fetch(&db).await.expect("reads");
    assert!(!format!("{listed:?}").contains(SECRET), "Debug shows no secret");
    let long = format!("{SECRET}{SECRET}{SECRET}");
    let refused = Account::update(Id::from(1)).token(long.as_str()).exec(&db).await.expect_err("is too long");
    let again = new(1).exec(&db).await.expect_err("the key is taken");
    for error in [refused, again] {
        let sources: Vec<String> =
            std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source())
                .map(ToString::to_string)
                .collect();
        assert!(!format!("{error:?} {sources:?}").contains("hunter2"), "{error:?}");
    }

    // The check constraint holds for the database's other clients too.
    for insert in ["UPDATE accounts SET priority = 2", "UPDATE accounts SET ranks = '{-1,2}'"] {
        let error = client.batch_execute(insert).await.expect_err("breaks the check");
        assert_eq!(error.code().map(tokio_postgres::error::SqlState::code), Some("23514"), "{error:?}");
    }
    client
        .batch_execute("ALTER TABLE accounts DROP CONSTRAINT accounts_priority_check; UPDATE accounts SET priority = 2")
        .await
        .expect("updates");
    let error = Account::get(&db, Id::from(1)).await.expect_err("no variant");
    let Error::Decode { source, .. } = &error else { panic!("{error:?}") };
    let chain: Vec<String> = std::iter::successors(Some(source as &dyn std::error::Error), |error| error.source())
        .map(ToString::to_string)
        .collect();
    assert!(chain.iter().any(|text| text.contains("unknown number 2; the numbers are -1, 5")), "{chain:?}");
}
