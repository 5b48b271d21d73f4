//! The metadata that the derive generates for the tutorial's tables.
#![allow(missing_docs, unreachable_pub, clippy::struct_field_names)]

use schemata::model::Write;
use schemata::schema::{DefaultValue, Literal, ReferentialAction};
use schemata::{Db, HasKey, TableModel};
use schemata_tests::tutorial::{Customer, Order, OrderItem};
use uuid::Uuid;

fn send<T: Send>(value: T) -> T {
    value
}

/// Compiled, never run: the calls of the design.
#[allow(dead_code)]
async fn reads_like_the_design(db: &Db) -> schemata::Result<()> {
    let ada = send(Customer::insert().email("ada@example.com").full_name("Ada Lovelace").exec(db)).await?;
    let order = send(Order::insert().customer_id(ada.id).order_number("A-1001").exec(db)).await?;
    let shipped: Option<Order> =
        Order::update(order.id).status("shipped").shipped_at(chrono::Utc::now()).exec(db).await?;
    drop(shipped);
    let found: Option<Customer> = send(Customer::find_by_email(db, "ada@example.com")).await?;
    drop(found);
    let item: Option<OrderItem> = send(OrderItem::find_by_order_id_and_sku(db, order.id, String::from("X"))).await?;
    drop(item);
    let due = Order::select()
        .filter(Order::status.eq("pending").and(Order::order_total.gt(rust_decimal::Decimal::ONE_HUNDRED)))
        .order_by((Order::placed_at.desc(), Order::id.asc()))
        .limit(25);
    send(due.fetch(db)).await?;
    Ok(())
}

#[test]
fn the_orders_table_is_the_design_s() {
    let table = Order::TABLE;
    assert_eq!((table.name, table.schema, table.primary_key), ("orders", None, ["id"].as_slice()));
    let columns: Vec<_> = table.columns.iter().map(|column| (column.name, column.declared, column.nullable)).collect();
    assert_eq!(
        columns,
        [
            ("id", None, false),
            ("customer_id", None, false),
            ("order_number", Some("varchar(20)"), false),
            ("order_total", Some("numeric(12,2)"), false),
            ("placed_at", None, false),
            ("status", Some("varchar(20)"), false),
            ("shipped_at", None, true),
            ("created_at", None, false),
            ("created_by", Some("varchar(50)"), false),
            ("updated_at", None, false),
            ("updated_by", Some("varchar(50)"), true),
        ]
    );
    let default = |name| table.column(name).and_then(|column| column.default);
    assert_eq!(default("id"), Some(DefaultValue::Sql("gen_random_uuid()")));
    assert_eq!(default("order_total"), Some(DefaultValue::Literal(Literal::Integer(0))));
    assert_eq!(default("status"), Some(DefaultValue::Literal(Literal::Text("pending"))));
    assert_eq!(default("customer_id"), None);
}

#[test]
fn keys_and_constraints_are_what_the_fields_say() {
    let uniques: Vec<_> = Order::TABLE.uniques.iter().map(|unique| unique.columns).collect();
    assert_eq!(uniques, [["order_number"]]);
    let [key] = Order::TABLE.foreign_keys else { panic!("one foreign key") };
    assert_eq!((key.columns, key.target_columns), (["customer_id"].as_slice(), ["id"].as_slice()));
    assert_eq!(
        ((key.target)().name, key.on_delete, key.on_update),
        ("customers", ReferentialAction::Cascade, ReferentialAction::NoAction)
    );
    assert_eq!(OrderItem::TABLE.name, "order_items");
    assert_eq!(OrderItem::TABLE.uniques[0].columns, ["order_id", "sku"]);
    let _: fn(&Order) -> Uuid = Order::key;
}
