use schemata::TableModel;

#[derive(TableModel)]
#[table(keyless)]
struct Order {
    #[column(primary_key)]
    id: i64,
}

#[derive(TableModel)]
#[table(keyless, primary_key(name = "orders_pk"))]
struct Named {
    id: i64,
}

#[derive(TableModel)]
#[table(keyless)]
struct Nothing {}

#[derive(TableModel)]
#[table(keyless)]
struct Event {
    id: i64,
}

#[derive(TableModel)]
struct Reading {
    #[column(primary_key)]
    id: i64,
    #[column(references = Event::id)]
    event_id: i64,
}

fn main() {}
