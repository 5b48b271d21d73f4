use schemata::TableModel;

#[derive(TableModel)]
struct G<T> {
    #[column(primary_key)]
    id: T,
}

#[derive(TableModel)]
struct L<'a> {
    #[column(primary_key)]
    id: &'a str,
}

fn uses() {
    let _ = G::<i64>::insert();
}

fn main() {}
