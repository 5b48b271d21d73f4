//! Validation rules: all failures at once, by every way of writing, before anything is sent.

use rust_decimal::Decimal;
use schemata::model::Write;
use schemata::query::Condition;
use schemata::{AsActor, Error, TableModel, Violations};
use schemata_tests::requests::{ArticlePatch, NewArticle};
use schemata_tests::warehouse::{Article, warehouse};

fn invalid<T>(result: schemata::Result<T>) -> Violations {
    match result.map(drop) {
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
        invalid(bad().on_conflict(Article::primary_key()).update_given().exec(&db).await),
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
        invalid(Article::upsert_many([bad()], Article::primary_key()).update_given().exec(&db).await),
        invalid(Article::upsert_many([bad()], Article::primary_key()).update_given().fetch(&db).await),
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

#[tokio::test]
async fn rules_can_be_asked_without_a_write() {
    let (_database, db) = warehouse().await;
    let key = || "a".to_owned();
    let bad = || Article::insert().sku("").name("eleven chars").stock(-1);
    let patch = || ArticlePatch { stock: Some(-1), name: Some("eleven chars".into()), ..ArticlePatch::default() };
    let new = |sku: &str, stock: i32| NewArticle {
        sku: sku.into(),
        name: "n".into(),
        email: None,
        price: Some(Decimal::new(1_234, 3)),
        stock: stock.into(),
        request_id: 0,
    };
    let batch = || [new("b", 1), new("", -1), new("c", -2)];
    let upsert = || bad().on_conflict(Article::primary_key()).on_update(Article::stock, -3);
    let updates = || [Article::update(key()).stock(1), Article::update("b".to_owned()).stock(-1).actor("x".repeat(51))];
    let all = [
        (invalid(bad().validate()), invalid(bad().exec(&db).await)),
        (
            invalid(Article::insert_from(new("", -1)).validate()),
            invalid(Article::insert_from(new("", -1)).exec(&db).await),
        ),
        (invalid(Article::insert_many(batch()).validate()), invalid(Article::insert_many(batch()).exec(&db).await)),
        (
            invalid(Article::insert_many(batch()).actor("x".repeat(51)).validate()),
            invalid(Article::insert_many(batch()).actor("x".repeat(51)).fetch(&db).await),
        ),
        (
            invalid(Article::update(key()).patch(patch()).validate()),
            invalid(Article::update(key()).patch(patch()).exec(&db).await),
        ),
        (
            invalid(Article::touch(key()).actor("x".repeat(51)).validate()),
            invalid(Article::touch(key()).actor("x".repeat(51)).exec(&db).await),
        ),
        (
            invalid(Article::update_where(Article::all_rows()).stock(-1).validate()),
            invalid(Article::update_where(Article::all_rows()).stock(-1).exec(&db).await),
        ),
        (invalid(Article::update_many(updates()).validate()), invalid(Article::update_many(updates()).exec(&db).await)),
        (invalid(upsert().validate()), invalid(upsert().exec(&db).await)),
        (
            invalid(
                Article::insert()
                    .sku("a")
                    .name("n")
                    .on_conflict(Article::primary_key())
                    .on_update(Article::stock, -3)
                    .validate(),
            ),
            invalid(
                Article::insert()
                    .sku("a")
                    .name("n")
                    .on_conflict(Article::primary_key())
                    .on_update(Article::stock, -3)
                    .exec(&db)
                    .await,
            ),
        ),
        (
            invalid(Article::upsert_many(batch(), Article::primary_key()).update_given().validate()),
            invalid(Article::upsert_many(batch(), Article::primary_key()).update_given().exec(&db).await),
        ),
        (
            invalid(
                Article::upsert_many([Article::insert().sku("q").name("n")], Article::by_email)
                    .update_given()
                    .validate(),
            ),
            invalid(
                Article::upsert_many([Article::insert().sku("q").name("n")], Article::by_email)
                    .update_given()
                    .exec(&db)
                    .await,
            ),
        ),
    ];
    for (nth, (asked, written)) in all.iter().enumerate() {
        assert_eq!(asked, written, "way {nth}");
    }
    let told = rules(&all[2].0);
    assert_eq!(
        told,
        [
            (0, Some("price"), "scale"),
            (1, Some("price"), "scale"),
            (1, Some("stock"), "stock"),
            (1, None, "sku"),
            (2, Some("price"), "scale"),
            (2, Some("stock"), "stock")
        ]
    );
    let in_scope = schemata::audit::as_actor("x".repeat(51), async { Article::insert().sku("a").name("n").validate() });
    assert_eq!(rules(&invalid(in_scope.await)), [(0, Some("created_by"), "max_length")]);
}

#[tokio::test]
async fn what_was_asked_is_written_as_it_stands() {
    let (_database, db) = warehouse().await;
    let ann = db.as_actor("ann".to_owned());
    let row = Article::insert().sku("a").name("n").validate().expect("valid").exec(&ann).await.expect("inserts");
    assert_eq!(row.audit.created_by, "ann");
    let scoped = schemata::audit::as_actor("bob".to_owned(), async { Article::insert().sku("b").name("n").validate() });
    let scoped = scoped.await.expect("valid").exec(&db).await.expect("inserts");
    assert_eq!(scoped.audit.created_by, "system", "asking left no actor behind");
    let many = Article::insert_many([Article::insert().sku("c").name("n")]).validate().expect("valid");
    assert_eq!(many.fetch(&ann).await.expect("inserts")[0].audit.created_by, "ann");
    let change = Article::update("a".to_owned()).stock(4).validate().expect("valid");
    assert_eq!(change.exec(&ann).await.expect("updates").expect("is there").stock, 4);
    let changes = Article::update_many([Article::update("a".to_owned()).stock(5)]).validate().expect("valid");
    assert_eq!(changes.fetch(&ann).await.expect("updates")[0].audit.updated_by.as_deref(), Some("ann"));
    let upsert = Article::insert().sku("a").name("n").stock(6).on_conflict(Article::primary_key()).update_given();
    assert_eq!(upsert.validate().expect("valid").exec(&ann).await.expect("upserts").stock, 6);
    let nothing = Article::update("a".to_owned()).validate().map(drop);
    assert!(matches!(nothing, Err(Error::NothingToSet { .. })), "{nothing:?}");
    let anything = Article::update_where(Condition::all([])).stock(1).validate().map(drop);
    assert!(matches!(anything, Err(Error::Unconditional { .. })), "{anything:?}");
}

#[tokio::test]
async fn an_sql_expression_is_one_expression() {
    let (_database, db) = warehouse().await;
    for sku in ["a", "b"] {
        Article::insert().sku(sku).name("n").stock(1).exec(&db).await.expect("inserts");
    }
    let key = || "a".to_owned();
    for piece in
        ["9 WHERE true --", "9, name = 'x'", "9; DELETE FROM articles", "(9", "9)", "'9", "$1", "9 RETURNING sku", ""]
    {
        let one = Article::update(key()).set_sql(Article::stock, piece).exec(&db).await;
        let many = Article::update_where(Article::sku.eq(key())).set_sql(Article::stock, piece).exec(&db).await;
        let batch = Article::update_many([Article::update(key()).set_sql(Article::stock, piece)]).exec(&db).await;
        for found in [invalid(one), invalid(many), invalid(batch)] {
            assert_eq!(rules(&found), [(0, Some("stock"), "expression")], "{piece}: {found}");
        }
    }
    // A line comment ends with its line, so what the library adds after it still counts.
    let commented = "stock + 1 -- one more";
    Article::update(key()).set_sql(Article::stock, commented).name("one").exec(&db).await.expect("updates");
    Article::update_where(Article::sku.eq(key())).set_sql(Article::stock, commented).exec(&db).await.expect("updates");
    let batch = [Article::update(key()).set_sql(Article::stock, commented).name("two")];
    Article::update_many(batch).exec(&db).await.expect("updates");
    let all = Article::select().order_by(Article::sku.asc()).fetch(&db).await.expect("reads");
    let stock: Vec<(i32, &str)> = all.iter().map(|article| (article.stock, article.name.as_str())).collect();
    assert_eq!(stock, [(4, "two"), (1, "n")]);
}
