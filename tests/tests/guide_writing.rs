//! The code of the guide's page on writing, compiled and run. `docs.rs` checks that the page shows what stands here.
#![allow(missing_docs)]

use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::model::{Findings, Incoming, RowVersion};
use schemata::prelude::*;
use schemata::query::excluded;
use schemata::{Error, audit};
use schemata_tests::shop;
use serde::Deserialize;

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "products", validate = check_product)]
pub struct Product {
    #[column(primary_key)]
    pub code: String,
    #[column(sql_type = "varchar(20)")]
    pub title: String,
    pub note: Option<String>,
    #[column(default = 0)]
    pub stock: i32,
    #[column(flatten)]
    pub audit: Audit,
    #[column(flatten)]
    pub removal: SoftDelete,
    #[column(flatten)]
    pub revision: RowVersion,
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "deliveries")]
pub struct Delivery {
    #[column(primary_key)]
    pub id: i32,
    #[column(references = Product::code)]
    pub code: String,
    pub amount: i32,
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "delisted")]
pub struct Delisted {
    #[column(primary_key)]
    pub code: String,
    pub title: String,
}

#[derive(Debug, Deserialize, Insertable)]
#[insertable(Product)]
pub struct NewProduct {
    pub code: String,
    pub title: String,
    pub note: Option<String>,
    pub stock: Option<i32>,
}

#[derive(Debug, Default, Deserialize, Patch)]
#[patch(Product)]
#[serde(default)]
pub struct ProductPatch {
    pub title: Option<String>,
    pub note: Field<Option<String>>,
}

fn check_product(row: &Incoming<'_>, found: &mut Findings<'_>) {
    if row.get(Product::stock).is_some_and(|stock| *stock < 0) {
        found.refuse(Product::stock, "stock", "is negative");
    }
}

async fn create(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(schemata::tables![Product, Delivery, Delisted]).await
}

fn products(codes: impl IntoIterator<Item = i32>) -> Vec<NewProduct> {
    let product = |n| NewProduct { code: format!("c{n}"), title: "Cup".into(), note: None, stock: None };
    codes.into_iter().map(product).collect()
}

#[tokio::test]
async fn the_page_runs() -> Result<(), Box<dyn std::error::Error>> {
    let database = schemata_tests::fresh_database().await;
    let set = shop::set(&[shop::entry("1", |m| Box::pin(create(m)))]);
    Migrator::new(set).run(database.url()).await?;
    let db = Db::connect(database.url()).await?;
    let new: NewProduct = serde_json::from_str(r#"{"code": "tea", "title": "Tea", "note": "green"}"#)?;
    let patch: ProductPatch = serde_json::from_str(r#"{"note": null}"#)?;

    let tea = Product::insert_from(new).exec(&db).await?;
    let cleared = Product::update(tea.code.clone()).patch(patch).exec(&db).await?.expect("it is there");
    assert_eq!((cleared.title.as_str(), cleared.note), ("Tea", None));

    let changed = Product::update_where(Product::stock.lt(1)).note("sold out").exec(&db).await?;
    let gone = Product::delete_where(Product::code.eq("old")).returning(Product::title).exec(&db).await?;
    let all = Product::update_where(Product::all_rows()).set(Product::stock, Product::stock + 1).exec(&db).await?;
    assert_eq!((changed, gone.len(), all), (1, 0, 1));

    let sold = Product::update(tea.code.clone()).set(Product::stock, Product::stock - 1).set_default(Product::note);
    let sold = sold.exec(&db).await?.expect("it is there");
    assert_eq!((sold.stock, sold.note), (0, None));

    Delivery::insert().id(1).code("tea").amount(3).exec(&db).await?;
    let delivered: Vec<(String, i32)> = Product::update_where(Product::all_rows())
        .join(Delivery::CODE_FKEY)
        .filter(Delivery::amount.gt(0))
        .set(Product::stock, Product::stock + Delivery::amount)
        .returning((Product::code, Delivery::id))
        .exec(&db)
        .await?;
    let deleted = Delivery::delete_where(Delivery::all_rows())
        .join(Delivery::CODE_FKEY)
        .filter(Product::stock.gt(0))
        .exec(&db)
        .await?;
    assert_eq!((delivered, deleted), (vec![("tea".to_owned(), 1)], 1));

    Delisted::insert().code("jam").title("Jam").exec(&db).await?;
    Product::update(tea.code.clone()).stock(0).exec(&db).await?;
    let empty = Product::select().filter(Product::stock.eq(0)).columns((Product::code, Product::title));
    let listed = Delisted::insert_select((Delisted::code, Delisted::title), empty).exec(&db).await?;
    let back = Delisted::delete_where(Delisted::title.eq("Jam")).returning((Delisted::code, Delisted::title));
    let moved =
        Product::insert_select((Product::code, Product::title), back).returning(Product::code).exec(&db).await?;
    assert_eq!((listed, moved), (1, vec!["jam".to_owned()]));
    Product::delete(&db, "jam".to_owned()).await?;
    Product::update(tea.code.clone()).stock(1).exec(&db).await?;

    let row = Product::insert().code("mug").title("Mug").stock(2).on_conflict(Product::primary_key());
    let row = row.on_update(Product::stock, Product::stock + excluded(Product::stock)).exec(&db).await?;
    let more = Product::insert().code("mug").title("Mug").stock(1).on_conflict(Product::primary_key());
    let more = more.update_given().on_update_where(excluded(Product::stock).gt(Product::stock)).keep_removed();
    assert_eq!(more.exec(&db).await?, None);
    let kept =
        Product::insert().code("mug").title("Cup").on_conflict(Product::primary_key()).do_nothing().exec(&db).await?;
    assert_eq!(kept, None);
    assert_eq!(row.stock, 2);

    let (new_products, more, again) = (products(0..5), products(5..9), products(3..12));
    let codes = (0..9).map(|n| format!("c{n}"));
    let copied = Product::insert_many(new_products).exec(&db).await?;
    let stored = Product::insert_many(more).fetch(&db).await?;
    let raised = Product::update_many(codes.map(|code| Product::update(code).stock(9))).exec(&db).await?;
    let upserted = Product::upsert_many(again, Product::primary_key()).update_given().exec(&db).await?;
    let deleted = Product::delete_many(["c1".to_owned(), "c2".to_owned()]).exec(&db).await?;
    assert_eq!((copied, stored.len(), raised, upserted, deleted), (5, 4, 9, 9, 2));

    Product::remove(tea.code.clone()).exec(&db).await?;
    assert_eq!(Product::find(&db, tea.code.clone()).await?, None);
    Product::restore(tea.code.clone()).exec(&db).await?;
    Product::remove_where(Product::stock.eq(0)).exec(&db).await?;
    let purged = Product::purge_where(Product::all_rows()).exec(&db).await?;
    assert_eq!(purged, 3);

    let bob = db.as_actor("bob".to_owned());
    let row = Product::update(tea.code.clone()).stock(4).exec(&bob).await?.expect("it is there");
    assert_eq!(row.audit.updated_by.as_deref(), Some("bob"));
    let stale = Product::update(tea.code.clone()).stock(5).expect_version(1).exec(&db).await;
    assert!(matches!(stale, Err(Error::Stale { .. })));
    let touched = audit::as_actor("eve".to_owned(), async { Product::touch(tea.code.clone()).exec(&db).await }).await?;
    assert_eq!(touched.and_then(|row| row.audit.updated_by).as_deref(), Some("eve"));

    let long = "a title of more than twenty characters".to_owned();
    let mut bad = products(100..102);
    bad[1].title = long;
    let Err(Error::Invalid(found)) = Product::insert_many(bad).exec(&db).await else { panic!("not valid") };
    let first = &found.all[0];
    assert_eq!((first.row, first.column, first.rule), (1, Some("title"), "max_length"));

    let request: NewProduct = serde_json::from_str(r#"{"code": "jug", "title": "Jug", "stock": -1}"#)?;
    let refused = Product::insert_from(request).validate();
    assert!(matches!(refused, Err(Error::Invalid(found)) if found.all[0].rule == "stock"));
    let batch = Product::insert_many(products(200..202)).validate()?;
    assert_eq!(batch.exec(&db).await?, 2);
    Ok(())
}
