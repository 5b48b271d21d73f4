//! The tables of the matrix: an item to which every rule applies, its parts, a key whose values have several forms, and a
//! unique key in which NULL is a value.

use rust_decimal::Decimal;
use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::model::{Audit, Findings, Incoming, RowVersion, SoftDelete};
use schemata::{Ident, Insertable, Patch, TableModel, tables};
use schemata_tests::corpus::Level;
use schemata_tests::shop;

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "items", validate = check_item)]
pub(crate) struct Item {
    #[column(primary_key, sql_type = "varchar(20)")]
    pub(crate) area: String,
    #[column(primary_key, sql_type = "varchar(20)")]
    pub(crate) code: String,
    #[column(sql_type = "varchar(10)")]
    pub(crate) name: String,
    #[column(sql_type = "numeric(6,2)", default = 0)]
    pub(crate) price: Decimal,
    #[column(default = 1)]
    pub(crate) stock: i32,
    #[column(sql_type = "varchar(9)", default = "low")]
    pub(crate) level: Level,
    #[column(sql_type = "varchar(20)", unique)]
    pub(crate) slug: Option<String>,
    #[column(immutable, default = "here")]
    pub(crate) origin: String,
    #[column(generated = "stock * 2")]
    pub(crate) doubled: Option<i32>,
    #[column(flatten)]
    pub(crate) audit: Audit,
    #[column(flatten)]
    pub(crate) removal: SoftDelete,
    #[column(flatten)]
    pub(crate) revision: RowVersion,
}

fn check_item(row: &Incoming<'_>, found: &mut Findings<'_>) {
    if row.get(Item::stock).is_some_and(|stock| *stock < 0) {
        found.refuse(Item::stock, "stock", "is negative");
    }
    if row.is_insert() && row.get(Item::name).is_some_and(|name| name == "changed") {
        found.refuse(Item::name, "new", "is for changes alone");
    }
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(
    name = "parts",
    foreign_key(columns(area, code), references(Item::area, Item::code), on_delete = cascade)
)]
pub(crate) struct Part {
    #[column(primary_key, identity)]
    pub(crate) id: i64,
    #[column(sql_type = "varchar(20)")]
    pub(crate) area: String,
    #[column(sql_type = "varchar(20)")]
    pub(crate) code: String,
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "weights")]
pub(crate) struct Weight {
    #[column(primary_key)]
    pub(crate) grams: Decimal,
    pub(crate) hits: i32,
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "slots", unique(house, room, nulls_not_distinct))]
pub(crate) struct Slot {
    #[column(primary_key)]
    pub(crate) id: i32,
    pub(crate) house: i32,
    pub(crate) room: Option<String>,
    pub(crate) amount: i32,
}

/// A new item. The outer layer of `slug` says whether it is given.
#[expect(clippy::option_option, reason = "absent, NULL and a value are three things")]
#[derive(Debug, Clone, Insertable)]
#[insertable(Item)]
pub(crate) struct New {
    pub(crate) area: String,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) price: Option<Decimal>,
    pub(crate) stock: Option<i32>,
    pub(crate) slug: Option<Option<String>>,
    pub(crate) origin: Option<String>,
}

/// Changes to an item.
#[derive(Debug, Clone, Default, Patch)]
#[patch(Item)]
pub(crate) struct Changes {
    pub(crate) name: Option<String>,
    pub(crate) price: Option<Decimal>,
    pub(crate) stock: Option<i32>,
}

/// Returns a new item with a name; everything else has a default.
pub(crate) fn new((area, code): (&str, &str), name: &str) -> New {
    let (area, code, name) = (area.to_owned(), code.to_owned(), name.to_owned());
    New { area, code, name, price: None, stock: None, slug: None, origin: None }
}

async fn create(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Item, Part, Weight]).await
}

async fn create_slots(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Slot]).await
}

/// Creates the tables in `schema`; the one with NULLS NOT DISTINCT only from PostgreSQL 15 on.
pub(crate) async fn make_tables(url: &str, schema: &str, with_slots: bool) {
    let mut entries = vec![shop::entry("1", |m| Box::pin(create(m)))];
    if with_slots {
        entries.push(shop::entry("2", |m| Box::pin(create_slots(m))));
    }
    let migrator = Migrator::new(shop::set(&entries)).schema(Ident::new(schema).expect("a short name"));
    migrator.run(url).await.expect("makes the tables");
}
