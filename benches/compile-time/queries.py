#!/usr/bin/env python3
"""Measures what a query costs the compiler: `cargo check` of N queries with two joins, five conditions and three columns.

For each library a crate with 0 and one with N such queries, each in a function of its own, is written into a temporary folder,
over the same three tables. Their dependencies are checked once; then only the crate's own check is timed, with its source
touched before. The libraries take turns, round after round. Times are processor time; the figure is the median difference, per
query. `async-fn` is the part of it that no query costs: a function that only awaits another one.

`--instructions` counts the compiler's instructions with valgrind instead, in one round: a busy machine makes no difference.

usage: queries.py [--queries 300] [--rounds 5] [--instructions] [--only schemata,async-fn,diesel,sea-orm]
"""

import argparse
import pathlib
import statistics
import tempfile

from count import instructions
from run import ROOT, check

SCHEMATA = f'schemata-core = {{ path = "{ROOT}/schemata-core", default-features = false, features = ["derive"] }}\n'

SCHEMATA_MODELS = """
use schemata::prelude::*;
#[derive(Debug, Clone, TableModel)]
#[table(name = "customers")]
pub struct Customer { #[column(primary_key)] pub id: i64, pub name: String, pub credit_limit: i64, pub active: bool }
#[derive(Debug, Clone, TableModel)]
#[table(name = "orders")]
pub struct Order {
    #[column(primary_key)] pub id: i64,
    #[column(references = Customer::id)] pub customer_id: i64,
    pub total: i64, pub status: String, pub note: Option<String>,
}
#[derive(Debug, Clone, TableModel)]
#[table(name = "items")]
pub struct Item {
    #[column(primary_key)] pub id: i64,
    #[column(references = Order::id)] pub order_id: i64,
    pub sku: String, pub quantity: i32,
}
"""


def schemata(i):
    return f"""
pub async fn query_{i}(db: &Db, name: &str) -> schemata::Result<Vec<(i64, String, Option<i32>)>> {{
    Order::select()
        .join(Order::CUSTOMER_ID_FKEY)
        .left_join(Item::ORDER_ID_FKEY)
        .filter(Customer::name.eq(name).and(Order::total.gt(Customer::credit_limit)))
        .filter(Order::status.ne("paid").or(Order::note.is_null()))
        .filter(Item::quantity.lt({i}))
        .columns((Order::id, Customer::name, Item::quantity))
        .fetch(db)
        .await
}}
"""


ANSWER = """
pub async fn answer(_: &Db, _: &str) -> schemata::Result<Vec<(i64, String, Option<i32>)>> { Ok(Vec::new()) }
"""


def async_fn(i):
    return f"""
pub async fn query_{i}(db: &Db, name: &str) -> schemata::Result<Vec<(i64, String, Option<i32>)>> {{
    answer(db, name).await
}}
"""


DIESEL_MODELS = """
use diesel::prelude::*;
diesel::table! { customers (id) { id -> BigInt, name -> Text, credit_limit -> BigInt, active -> Bool, } }
diesel::table! { orders (id) { id -> BigInt, customer_id -> BigInt, total -> BigInt, status -> Text, note -> Nullable<Text>, } }
diesel::table! { items (id) { id -> BigInt, order_id -> BigInt, sku -> Text, quantity -> Integer, } }
diesel::joinable!(orders -> customers (customer_id));
diesel::joinable!(items -> orders (order_id));
diesel::allow_tables_to_appear_in_same_query!(customers, orders, items);
"""


def diesel(i):
    return f"""
pub fn query_{i}(db: &mut PgConnection, name: &str) -> QueryResult<Vec<(i64, String, Option<i32>)>> {{
    orders::table
        .inner_join(customers::table)
        .left_join(items::table)
        .filter(customers::name.eq(name).and(orders::total.gt(customers::credit_limit)))
        .filter(orders::status.ne("paid").or(orders::note.is_null()))
        .filter(items::quantity.lt({i}))
        .select((orders::id, customers::name, items::quantity.nullable()))
        .load(db)
}}
"""


def sea_orm_entity(module, table, fields, relations, related):
    return f"""
pub mod {module} {{
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "{table}")]
    pub struct Model {{ #[sea_orm(primary_key)] pub id: i64, {fields} }}
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {{ {relations} }}
    {related}
    impl ActiveModelBehavior for ActiveModel {{}}
}}
"""


def related(to, variant):
    return f"impl Related<super::{to}::Entity> for Entity {{ fn to() -> RelationDef {{ Relation::{variant}.def() }} }}"


SEA_ORM_MODELS = (
    "use sea_orm::{entity::prelude::*, Condition, JoinType, QuerySelect};\n"
    + sea_orm_entity("customer", "customers", "pub name: String, pub credit_limit: i64, pub active: bool", "", "")
    + sea_orm_entity(
        "order", "orders", "pub customer_id: i64, pub total: i64, pub status: String, pub note: Option<String>",
        '#[sea_orm(belongs_to = "super::customer::Entity", from = "Column::CustomerId", to = "super::customer::Column::Id")] '
        'Customer, #[sea_orm(has_many = "super::item::Entity")] Item',
        related("customer", "Customer") + related("item", "Item"))
    + sea_orm_entity(
        "item", "items", "pub order_id: i64, pub sku: String, pub quantity: i32",
        '#[sea_orm(belongs_to = "super::order::Entity", from = "Column::OrderId", to = "super::order::Column::Id")] Order',
        related("order", "Order"))
)


def sea_orm(i):
    return f"""
pub async fn query_{i}(db: &DatabaseConnection, name: &str) -> Result<Vec<(i64, String, Option<i32>)>, DbErr> {{
    order::Entity::find()
        .join(JoinType::InnerJoin, order::Relation::Customer.def())
        .join(JoinType::LeftJoin, order::Relation::Item.def())
        .filter(customer::Column::Name.eq(name))
        .filter(Expr::col((order::Entity, order::Column::Total)).gt(Expr::col((customer::Entity, customer::Column::CreditLimit))))
        .filter(Condition::any().add(order::Column::Status.ne("paid")).add(order::Column::Note.is_null()))
        .filter(item::Column::Quantity.lt({i}))
        .select_only()
        .column(order::Column::Id)
        .column(customer::Column::Name)
        .column(item::Column::Quantity)
        .into_tuple()
        .all(db)
        .await
}}
"""


LIBRARIES = {
    "schemata": (SCHEMATA, SCHEMATA_MODELS, schemata),
    "async-fn": (SCHEMATA, SCHEMATA_MODELS + ANSWER, async_fn),
    "diesel": ('diesel = { version = "2", default-features = false, features = ["postgres"] }\n', DIESEL_MODELS, diesel),
    "sea-orm": ('sea-orm = { version = "1", default-features = false, features = ["macros"] }\n', SEA_ORM_MODELS, sea_orm),
}


def write_crate(folder, name, queries):
    dependencies, models, query = LIBRARIES[name]
    crate = folder / f"{name}-{queries}"
    (crate / "src").mkdir(parents=True)
    (crate / "Cargo.toml").write_text(
        f'[package]\nname = "{name}-{queries}"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n[dependencies]\n{dependencies}'
    )
    body = "".join(query(i) for i in range(queries))
    (crate / "src/lib.rs").write_text(f"#![allow(unused_imports, dead_code)]\n{models}{body}")
    return crate


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--queries", type=int, default=300)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--instructions", action="store_true")
    arguments.add_argument("--only", default=",".join(LIBRARIES))
    arguments = arguments.parse_args()
    names = arguments.only.split(",")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        crates = [(name, n, write_crate(folder, name, n)) for name in names for n in (0, arguments.queries)]
        for name, _, crate in crates:
            check(crate, folder / f"target-{name}")
        measure, rounds, unit, parts, part = (check, arguments.rounds, "s", 1000, "ms")
        if arguments.instructions:
            measure, rounds, unit, parts, part = (instructions, 1, "million instructions", 1, "million")
        found = {(name, n): [] for name, n, _ in crates}
        for _ in range(rounds):
            for name, n, crate in crates:
                found[name, n].append(measure(crate, folder / f"target-{name}"))
        print(f"{arguments.queries} queries of two joins, medians of {rounds} rounds")
        first = None
        for name in names:
            none, with_queries = (statistics.median(found[name, n]) for n in (0, arguments.queries))
            each = parts * (with_queries - none) / arguments.queries
            first = first or each
            print(f"{name:<9} {with_queries:8.2f} {unit}, without {none:7.2f}: {each:6.2f} {part} a query, x{each / first:.2f}")


if __name__ == "__main__":
    main()
