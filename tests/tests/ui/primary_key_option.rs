use schemata::TableModel;

type Maybe<T> = Option<T>;

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: Maybe<i64>,
}

fn main() {}
