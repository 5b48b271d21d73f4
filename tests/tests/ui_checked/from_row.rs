use schemata::prelude::*;

#[derive(Debug, TableModel)]
pub struct Order {
    #[column(primary_key)]
    pub id: i64,
    pub number: String,
}

#[derive(FromRow)]
pub enum NoStruct {}

#[derive(FromRow)]
pub struct Unit;

#[derive(FromRow)]
pub struct Generic<T> {
    pub value: T,
}

#[derive(FromRow)]
pub struct UnknownKey {
    #[from_row(column = "x")]
    pub value: i64,
}

fn main() {}
