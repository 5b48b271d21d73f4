//! Removed rows: hidden on every path, restored, and purged only on request.

use schemata::model::Write;
use schemata::{Db, Error, TableModel};
use schemata_tests::warehouse::{Article, warehouse};

async fn article(db: &Db, sku: &str) -> Article {
    Article::insert().sku(sku).name("N").exec(db).await.expect("inserts")
}

#[tokio::test]
async fn remove_hides_a_row_and_restore_brings_it_back() {
    let (_database, db) = warehouse().await;
    article(&db, "a").await;
    let removed = Article::remove("a".to_owned()).actor("bob").exec(&db).await.expect("removes").expect("was there");
    assert!(removed.removal.deactivated_at.is_some());
    assert_eq!((removed.audit.updated_by.as_deref(), removed.revision.version), (Some("bob"), 2));
    assert_eq!(Article::remove("a".to_owned()).exec(&db).await.expect("runs"), None, "a second remove finds nothing");
    assert_eq!(Article::find(&db, "a".to_owned()).await.expect("reads"), None);
    assert_eq!(Article::update("a".to_owned()).name("X").exec(&db).await.expect("runs"), None);
    assert_eq!(Article::update_where(Article::sku.eq("a")).name("X").exec(&db).await.expect("runs"), 0);
    assert_eq!(Article::delete_where(Article::sku.eq("a")).exec(&db).await.expect("runs"), 0);
    assert!(!Article::delete(&db, "a".to_owned()).await.expect("runs"));
    let renamed = Article::update("a".to_owned()).name("X").with_deleted().exec(&db).await.expect("runs");
    assert_eq!(renamed.expect("seen").name, "X");
    let restored = Article::restore("a".to_owned()).exec(&db).await.expect("restores").expect("was removed");
    assert_eq!((restored.removal.deactivated_at, restored.revision.version), (None, 4));
    assert_eq!(Article::restore("a".to_owned()).exec(&db).await.expect("runs"), None, "a live row is not restored");
    let same = Article::get(&db, "a".to_owned()).await.expect("reads");
    assert_eq!(same.revision.version, 4);
}

#[tokio::test]
async fn purge_spares_live_rows() {
    let (_database, db) = warehouse().await;
    for sku in ["a", "b", "c", "d"] {
        article(&db, sku).await;
    }
    let gone = Article::remove_where(Article::sku.is_in(["b", "c", "d"])).fetch(&db).await.expect("removes");
    assert_eq!(gone.len(), 3);
    assert!(!Article::purge(&db, "a".to_owned()).await.expect("runs"), "a live row stays");
    assert!(Article::purge(&db, "b".to_owned()).await.expect("purges"));
    assert_eq!(Article::restore_where(Article::sku.is_in(["a", "d"])).exec(&db).await.expect("restores"), 1);
    assert_eq!(Article::purge_where(Article::all_rows()).exec(&db).await.expect("purges"), 1);
    assert_eq!(Article::delete_where(Article::all_rows()).with_deleted().exec(&db).await.expect("deletes"), 2);
}

#[tokio::test]
async fn a_removed_row_does_not_block_its_unique_value() {
    let (_database, db) = warehouse().await;
    Article::insert().sku("a").name("N").email("x@y").exec(&db).await.expect("inserts");
    let taken = Article::insert().sku("b").name("N").email("x@y").exec(&db).await.expect_err("taken by a live row");
    assert!(taken.is_unique_violation());
    Article::remove("a".to_owned()).exec(&db).await.expect("removes");
    Article::insert().sku("b").name("N").email("x@y").exec(&db).await.expect("free again");
    let back = Article::restore("a".to_owned()).exec(&db).await.expect_err("taken meanwhile");
    assert!(back.is_unique_violation());
}

#[tokio::test]
async fn what_an_upsert_means_over_a_removed_row_is_said_by_name() {
    let (_database, db) = warehouse().await;
    article(&db, "a").await;
    Article::remove("a".to_owned()).exec(&db).await.expect("removes");
    let upsert = |name: &str| Article::insert().sku("a").name(name).on_conflict(Article::primary_key());
    let refused = upsert("one").update_given().exec(&db).await.expect_err("not said");
    assert!(matches!(refused, Error::Removed { table: "articles" }), "{refused:?}");
    assert_eq!(upsert("two").update_given().keep_removed().exec(&db).await.expect("runs"), None);
    assert_eq!(upsert("two").do_nothing().exec(&db).await.expect("runs"), None);
    let unchanged = Article::update("a".to_owned()).stock(5).only_deleted().exec(&db).await.expect("runs");
    assert_eq!(unchanged.expect("still removed").name, "N");
    let revived = upsert("three").update_given().revive_removed().exec(&db).await.expect("revives");
    assert_eq!((revived.name.as_str(), revived.removal.deactivated_at, revived.stock), ("three", None, 5));
}
