//! The actor of a write: that of the call precedes that of the handle, which precedes that of the scope.

use schemata::model::Write;
use schemata::{AsActor, Error, Executor, HasKey, TableModel, audit};
use schemata_tests::warehouse::{Article, warehouse};

async fn by(on: &impl Executor, sku: &str) -> String {
    Article::insert().sku(sku).name("n").exec(on).await.expect("inserts").audit.created_by
}

#[tokio::test]
async fn the_nearest_actor_counts() {
    let (_database, db) = warehouse().await;
    assert_eq!(by(&db, "a").await, "system");
    assert_eq!(by(&db.as_actor("handle".to_owned()), "b").await, "handle");
    let (scope, handle, call) = audit::as_actor("scope".to_owned(), async {
        let handle = db.as_actor("handle".to_owned());
        let call = Article::insert().sku("e").name("n").actor("call").exec(&handle).await.expect("inserts");
        (by(&db, "c").await, by(&handle, "d").await, call.audit.created_by)
    })
    .await;
    assert_eq!((scope.as_str(), handle.as_str(), call.as_str()), ("scope", "handle", "call"));
    assert_eq!(by(&db, "f").await, "system", "the scope has ended");
}

#[tokio::test]
async fn every_way_of_writing_says_who() {
    let (_database, db) = warehouse().await;
    Article::insert_many(["a", "b", "c", "d", "e", "f", "g"].map(|sku| Article::insert().sku(sku).name("n")))
        .exec(&db)
        .await
        .expect("inserts");
    let key = |sku: &str| sku.to_owned();
    let before = Article::get(&db, key("a")).await.expect("reads").audit.updated_at;
    let acting = db.as_actor("eve".to_owned());
    let upsert = |sku: &str| Article::insert().sku(sku).name("m");
    Article::update(key("a")).name("m").exec(&acting).await.expect("update");
    Article::update_where(Article::sku.eq("b")).name("m").exec(&acting).await.expect("update_where");
    Article::update_many([Article::update(key("c")).name("m")]).exec(&acting).await.expect("update_many");
    upsert("d").on_conflict(Article::primary_key()).update_given().exec(&acting).await.expect("upsert");
    Article::upsert_many([upsert("e")], Article::primary_key())
        .update_given()
        .exec(&acting)
        .await
        .expect("upsert_many");
    Article::touch(key("f")).exec(&acting).await.expect("touch");
    Article::remove(key("g")).exec(&acting).await.expect("remove");
    Article::restore(key("g")).exec(&acting).await.expect("restore");
    for row in Article::select().fetch(&db).await.expect("reads") {
        assert_eq!(row.audit.updated_by.as_deref(), Some("eve"), "{}", row.sku);
        assert_eq!(row.audit.created_by, "system", "{}", row.sku);
        assert!(row.audit.updated_at > before && row.revision.version > 1, "{}", row.sku);
    }
    Article::update_where(Article::all_rows()).name("x").exec(&db).await.expect("updates");
    let nobody = Article::get(&db, key("a")).await.expect("reads").audit.updated_by;
    assert_eq!(nobody.as_deref(), Some("system"), "not the one who wrote before");
    let inserted =
        Article::insert_many((0..600).map(|n| upsert(&format!("n{n}")))).exec(&acting).await.expect("copies");
    assert_eq!(inserted, 600);
    assert_eq!(Article::get(&db, key("n599")).await.expect("reads").audit.created_by, "eve");
}

/// A generic function that is spawned, like a web handler.
async fn handler<E: Executor + Clone + Send + 'static>(on: E) -> schemata::Result<u64> {
    let row = |sku: &str| Article::insert().sku(sku).name("n");
    row("a").actor("x").exec(&on).await?;
    row("a").on_conflict(Article::primary_key()).update_given().exec(&on).await?;
    row("a").on_conflict(Article::primary_key()).do_nothing().returning(Article::sku).exec(&on).await?;
    Article::insert_many([row("b"), row("c")]).fetch(&on).await?;
    Article::insert_many((0..600).map(|n| row(&n.to_string()))).exec(&on).await?;
    Article::upsert_many([row("b"), row("d")], Article::primary_key()).update_given().fetch(&on).await?;
    Article::update_many([Article::update("b".to_owned()).stock(2).expect_version(2)])
        .returning(Article::sku)
        .exec(&on)
        .await?;
    Article::update_where(Article::sku.eq("b")).stock(3).fetch(&on).await?;
    Article::touch("b".to_owned()).exec(&on).await?;
    Article::remove_where(Article::sku.eq("b")).exec(&on).await?;
    Article::purge(&on, "b".to_owned()).await?;
    Article::delete_many(["c".to_owned()]).fetch(&on).await?;
    let scoped = audit::as_actor("s".to_owned(), async { Article::delete_where(Article::all_rows()).exec(&on).await });
    scoped.await
}

#[tokio::test]
async fn every_write_runs_in_a_spawned_task() {
    let (_database, db) = warehouse().await;
    assert_eq!(tokio::spawn(handler(db.clone())).await.expect("no panic").expect("runs"), 602);
    let within = tokio::spawn(async move { db.transaction(|tx| async move { handler(tx.clone()).await }).await });
    assert_eq!(within.await.expect("no panic").expect("runs"), 602);
}

#[tokio::test]
async fn an_expression_cannot_change_what_never_changes() {
    let (_database, db) = warehouse().await;
    let row = Article::insert().sku("a").name("n").exec(&db).await.expect("inserts");
    let forged = Article::update(row.key()).set_sql(Article::origin, "'elsewhere'").exec(&db).await;
    let Err(Error::Invalid(found)) = forged else { panic!("{forged:?}") };
    assert_eq!((found.all[0].column, found.all[0].rule), (Some("origin"), "immutable"));
    let kept = Article::get(&db, row.key()).await.expect("it is there");
    assert_eq!(kept.origin, row.origin);
}
