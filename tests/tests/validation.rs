//! Rules: all of them at once, on every way of writing, before anything is sent.

use rust_decimal::Decimal;
use schemata::model::Write;
use schemata::{Error, TableModel, Violations};
use schemata_tests::requests::{ArticlePatch, NewArticle};
use schemata_tests::warehouse::{Article, warehouse};

fn invalid<T: std::fmt::Debug>(result: schemata::Result<T>) -> Violations {
    match result {
        Err(Error::Invalid(found)) => found,
        other => panic!("expected violations: {other:?}"),
    }
}

fn rules(found: &Violations) -> Vec<(usize, Option<&'static str>, &'static str)> {
    found.all.iter().map(|violation| (violation.row, violation.column, violation.rule)).collect()
}

#[tokio::test]
async fn all_failures_come_at_once_with_row_column_and_rule() {
    let (_database, db) = warehouse().await;
    let rows = [
        Article::insert().sku("a").name("n"),
        Article::insert().sku("").name("eleven chars").price(Decimal::new(1_234, 3)),
        Article::insert().sku("c\0").name("äöüäöüäöüä").stock(-1).price(Decimal::new(100_000, 0)),
    ];
    let found = invalid(Article::insert_many(rows).exec(&db).await);
    assert_eq!(
        rules(&found),
        [
            (1, Some("name"), "max_length"),
            (1, Some("price"), "scale"),
            (1, None, "sku"),
            (2, Some("sku"), "nul"),
            (2, Some("price"), "precision"),
            (2, Some("stock"), "stock"),
        ]
    );
    assert_eq!(Article::select().count(&db).await.expect("counts"), 0);
    let text = Error::Invalid(found.clone()).to_string();
    assert!(!text.contains("eleven chars"), "{text}");
    let json = serde_json::to_value(&found).expect("serialises");
    assert_eq!(json["table"], "articles");
    assert_eq!(json["violations"][0]["message"], "is longer than 10 characters: it has 12");
}

#[tokio::test]
async fn the_same_rules_hold_on_every_way_of_writing() {
    let (_database, db) = warehouse().await;
    Article::insert().sku("a").name("n").exec(&db).await.expect("inserts");
    let key = || "a".to_owned();
    let bad = || Article::insert().sku("a").name("n").stock(-1);
    let patch = || ArticlePatch { stock: Some(-1), ..ArticlePatch::default() };
    let new = || NewArticle {
        sku: "b".into(),
        name: "n".into(),
        email: None,
        price: None,
        stock: (-1).into(),
        request_id: 0,
    };
    let all = [
        invalid(bad().exec(&db).await),
        invalid(bad().returning(()).exec(&db).await),
        invalid(Article::insert_from(new()).exec(&db).await),
        invalid(Article::insert_many([bad()]).exec(&db).await),
        invalid(Article::insert_many([new()]).fetch(&db).await),
        invalid(Article::update(key()).stock(-1).exec(&db).await),
        invalid(Article::update(key()).patch(patch()).exec(&db).await),
        invalid(Article::update_where(Article::all_rows()).stock(-1).exec(&db).await),
        invalid(Article::update_where(Article::all_rows()).stock(-1).fetch(&db).await),
        invalid(Article::update_many([Article::update(key()).stock(-1)]).exec(&db).await),
        invalid(Article::update_many([(key(), patch())]).fetch(&db).await),
        invalid(bad().on_conflict(Article::primary_key()).exec(&db).await),
        invalid(bad().on_conflict(Article::primary_key()).do_nothing().exec(&db).await),
        invalid(
            Article::insert()
                .sku("a")
                .name("n")
                .on_conflict(Article::primary_key())
                .on_update(Article::stock, -1)
                .exec(&db)
                .await,
        ),
        invalid(Article::upsert_many([bad()], Article::primary_key()).exec(&db).await),
        invalid(Article::upsert_many([bad()], Article::primary_key()).fetch(&db).await),
    ];
    for (nth, found) in all.iter().enumerate() {
        assert_eq!(rules(found), [(0, Some("stock"), "stock")], "way {nth}");
    }
    let row = Article::get(&db, key()).await.expect("reads");
    assert_eq!((row.stock, row.revision.version), (1, 1), "nothing was sent");
    assert_eq!(
        rules(&invalid(Article::touch(key()).actor("x".repeat(51)).exec(&db).await)),
        [(0, Some("updated_by"), "max_length")]
    );
}
