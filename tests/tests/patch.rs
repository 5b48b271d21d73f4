//! Request structs: new rows, and changes in which absent, null and a value are three things.

use schemata::model::Write;
use schemata::{Error, TableModel};
use schemata_tests::requests::{ArticlePatch, NewArticle, NewShelf, ShelfPatch};
use schemata_tests::warehouse::{Article, Shelf, warehouse};

fn read<T: serde::de::DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).expect("reads")
}

#[tokio::test]
async fn a_new_row_is_read_from_a_request() {
    let (_database, db) = warehouse().await;
    let new: NewArticle =
        read(r#"{"sku": "a", "name": "n", "price": "1.50", "created_by": "mallory", "request_id": 7}"#);
    let row = Article::insert_from(new.clone()).actor("ann").exec(&db).await.expect("inserts");
    assert_eq!(
        (row.price.to_string().as_str(), row.stock, row.email, row.audit.created_by.as_str()),
        ("1.50", 1, None, "ann")
    );
    let many: Vec<NewArticle> =
        read(r#"[{"sku": "b", "name": "n", "stock": 5}, {"sku": "c", "name": "n", "email": "c@x"}]"#);
    let rows = Article::insert_many(many).fetch(&db).await.expect("inserts");
    assert_eq!((rows[0].stock, rows[1].stock, rows[1].email.as_deref()), (5, 1, Some("c@x")));
    let again = NewArticle { name: "m".to_owned(), ..new };
    let row = Article::insert_from(again)
        .on_conflict(Article::primary_key())
        .update_given()
        .exec(&db)
        .await
        .expect("upserts");
    assert_eq!((row.name.as_str(), row.audit.created_by.as_str()), ("m", "ann"));
}

#[tokio::test]
async fn absent_null_and_a_value_are_three_things() {
    let (_database, db) = warehouse().await;
    Article::insert().sku("a").name("n").email("a@x").exec(&db).await.expect("inserts");
    let patch = |json: &str| Article::update("a".to_owned()).patch(read::<ArticlePatch>(json));
    let absent = patch(r#"{"name": "m"}"#).exec(&db).await.expect("updates").expect("is there");
    assert_eq!((absent.name.as_str(), absent.email.as_deref()), ("m", Some("a@x")));
    let value = patch(r#"{"email": "b@x"}"#).exec(&db).await.expect("updates").expect("is there");
    assert_eq!((value.name.as_str(), value.email.as_deref()), ("m", Some("b@x")));
    let null = patch(r#"{"email": null, "stock": 2}"#).exec(&db).await.expect("updates").expect("is there");
    assert_eq!((null.email, null.stock), (None, 2));
    let empty = patch("{}").exec(&db).await.expect_err("changes nothing");
    assert!(matches!(empty, Error::NothingToSet { table: "articles" }));
    let all = Article::update_where(Article::stock.eq(2)).patch(read::<ArticlePatch>(r#"{"stock": 3}"#));
    assert_eq!(all.exec(&db).await.expect("updates"), 1);
    let pairs = [("a".to_owned(), read::<ArticlePatch>(r#"{"email": "z"}"#))];
    assert_eq!(Article::update_many(pairs).exec(&db).await.expect("updates"), 1);
}

#[tokio::test]
async fn double_options_serve_as_well() {
    let (_database, db) = warehouse().await;
    let new = |label| NewShelf { aisle: 1, level: "x".to_owned(), amount: None, label };
    let row = Shelf::insert_from(new(Some(Some("l".to_owned())))).exec(&db).await.expect("inserts");
    assert_eq!((row.amount, row.label.as_deref()), (0, Some("l")));
    let key = || (1, "x".to_owned());
    let kept =
        Shelf::update(key()).patch(ShelfPatch { amount: Some(3), label: None }).exec(&db).await.expect("updates");
    assert_eq!(kept.expect("is there").label.as_deref(), Some("l"));
    let cleared =
        Shelf::update(key()).patch(ShelfPatch { amount: None, label: Some(None) }).exec(&db).await.expect("updates");
    assert_eq!(cleared.map(|row| (row.amount, row.label)), Some((3, None)));
}
