use schemata::TableModel;

#[derive(TableModel)]
enum A {
    B,
}

#[derive(TableModel)]
union U {
    a: u8,
}

#[derive(TableModel)]
struct T(i64);

#[derive(TableModel)]
struct Unit;

fn uses() {
    let _ = A::insert();
    let _ = T::select();
}

fn main() {}
