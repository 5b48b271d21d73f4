//! JSON documents of every shape, by every way of writing: each reads back as written, and JSON's `null` differs from
//! SQL's NULL.

use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::model::{Field, Write};
use schemata::prelude::*;
use schemata::testing::TestDatabase;
use schemata::types::Json;
use schemata::{Db, Executor, tables};
use schemata_tests::corpus::Settings;
use schemata_tests::{fresh_database, shop};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "documents")]
pub struct Document {
    #[column(primary_key)]
    pub id: i32,
    pub body: Value,
    pub extra: Option<Value>,
    pub parts: Vec<Value>,
    #[column(sql_type = "json")]
    pub verbatim: Option<Value>,
    pub typed: Option<Json<Settings>>,
}

#[derive(Insertable)]
#[insertable(Document)]
struct NewDocument {
    id: i32,
    body: Value,
    extra: Option<Value>,
    parts: Vec<Value>,
    verbatim: Option<Value>,
    typed: Option<Json<Settings>>,
}

#[derive(Patch)]
#[patch(Document)]
struct DocumentPatch {
    body: Field<Value>,
    extra: Field<Option<Value>>,
    parts: Field<Vec<Value>>,
    verbatim: Field<Option<Value>>,
    typed: Field<Option<Json<Settings>>>,
}

async fn create(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Document]).await
}

async fn documents() -> (TestDatabase, Db) {
    let database = fresh_database().await;
    let set = shop::set(&[shop::entry("1", |m| Box::pin(create(m)))]);
    Migrator::new(set).run(database.url()).await.expect("creates the table");
    let db = Db::connect(database.url()).await.expect("connects");
    (database, db)
}

/// Every shape, its own document each; `shift` moves the shapes from one row to the next.
fn shapes(shift: usize) -> Vec<Document> {
    let shapes = [
        json!(null),
        json!(true),
        json!(-1.5),
        json!("a \"quoted\" 'text' \\ $1"),
        json!("[1,2]"),
        json!([]),
        json!([1, [2, [null, "three"]], {}]),
        json!({}),
        json!({"a": {"b": [{"c": null}]}, "ü": "ß"}),
    ];
    let count = shapes.len();
    let document = |(id, at): (i32, usize)| {
        let shape = |by: usize| shapes[(at + by) % count].clone();
        let settings = Settings { depth: 3, tags: vec!["t".to_owned(), String::new()] };
        Document {
            id,
            body: shape(0),
            extra: (at % 3 != 1).then(|| shape(at)),
            parts: (0..at % 4).map(shape).collect(),
            verbatim: (at % 2 == 0).then(|| shape(1)),
            typed: (at % 2 == 1).then_some(Json(settings)),
        }
    };
    (0..).zip(shift..shift + count).map(document).collect()
}

fn new(row: &Document) -> NewDocument {
    let Document { id, body, extra, parts, verbatim, typed } = row.clone();
    NewDocument { id, body, extra, parts, verbatim, typed }
}

fn patch(row: &Document) -> DocumentPatch {
    let Document { body, extra, parts, verbatim, typed, .. } = row.clone();
    DocumentPatch {
        body: body.into(),
        extra: extra.into(),
        parts: parts.into(),
        verbatim: verbatim.into(),
        typed: typed.into(),
    }
}

/// An insert of the row; NULLs are left out.
fn insert(row: &Document) -> impl schemata::model::Insertable<Model = Document> + use<> {
    Document::insert_from(new(row))
}

/// Checks that these are the rows, with NULL where there is no document.
async fn holds(db: &Db, way: &str, expected: &[Document]) {
    let rows = Document::select().order_by(Document::id.asc()).fetch(db).await.expect("reads");
    assert_eq!(rows, expected, "{way}");
    let sql = "SELECT extra IS NULL, coalesce(jsonb_typeof(extra), '-') FROM documents ORDER BY id";
    let told: Vec<(bool, String)> = db.query_as(sql, &[]).fetch().await.expect("reads");
    let kind = |value: &Value| match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds = expected.iter().map(|row| (row.extra.is_none(), row.extra.as_ref().map_or("-", kind).to_owned()));
    assert_eq!(told, kinds.collect::<Vec<_>>(), "{way}");
    assert!(told.contains(&(true, "-".to_owned())) && told.contains(&(false, "null".to_owned())), "{way}: {told:?}");
    db.execute_sql("TRUNCATE documents", &[]).await.expect("empties");
}

#[tokio::test]
async fn every_shape_is_inserted_on_every_way() {
    let (_database, db) = documents().await;
    let rows = shapes(0);
    for row in &rows {
        Document::insert_from(new(row)).exec(&db).await.expect("inserts");
    }
    holds(&db, "one by one", &rows).await;
    Document::insert_many(rows.iter().map(new)).exec(&db).await.expect("inserts");
    holds(&db, "arrays", &rows).await;
    let back = Document::insert_many(rows.iter().map(insert)).fetch(&db).await.expect("inserts");
    assert_eq!(back, rows);
    holds(&db, "arrays, with rows handed back", &rows).await;
    Document::upsert_many(rows.iter().map(new), Document::primary_key())
        .update_given()
        .exec(&db)
        .await
        .expect("inserts");
    holds(&db, "upserts of new rows", &rows).await;
    let many: Vec<Document> =
        (0..40).flat_map(|_| shapes(0)).zip(0..).map(|(row, id)| Document { id, ..row }).collect();
    assert_eq!(Document::insert_many(many.iter().map(new)).exec(&db).await.expect("inserts"), 360);
    holds(&db, "many rows", &many).await;
}

#[tokio::test]
async fn every_shape_replaces_every_other() {
    let (_database, db) = documents().await;
    let old = shapes(0);
    for shift in 1..9 {
        let rows = shapes(shift);
        let fill = || async { Document::insert_many(old.iter().map(new)).exec(&db).await.expect("inserts") };
        fill().await;
        for row in &rows {
            Document::update(row.id).patch(patch(row)).exec(&db).await.expect("updates").expect("is there");
        }
        holds(&db, "update", &rows).await;
        fill().await;
        for row in &rows {
            let which = Document::update_where(Document::id.eq(row.id));
            which.patch(patch(row)).exec(&db).await.expect("updates");
        }
        holds(&db, "update_where", &rows).await;
        fill().await;
        Document::update_many(rows.iter().map(|row| (row.id, patch(row)))).exec(&db).await.expect("updates");
        holds(&db, "update_many", &rows).await;
        fill().await;
        for row in &rows {
            let given = Document::insert_from(new(row)).extra(row.extra.clone()).verbatim(row.verbatim.clone());
            let given = given.typed(row.typed.clone());
            assert_eq!(
                given.on_conflict(Document::primary_key()).update_given().exec(&db).await.expect("upserts"),
                *row
            );
        }
        holds(&db, "upsert", &rows).await;
        fill().await;
        let given = rows.iter().map(|row| {
            let given = Document::insert_from(new(row)).extra(row.extra.clone()).verbatim(row.verbatim.clone());
            given.typed(row.typed.clone())
        });
        let back =
            Document::upsert_many(given, Document::primary_key()).update_given().fetch(&db).await.expect("upserts");
        assert_eq!(back, rows);
        holds(&db, "upsert_many", &rows).await;
    }
}
