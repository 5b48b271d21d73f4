use futures_util::StreamExt;
use schemata::TableModel;

#[derive(TableModel)]
struct Customer {
    #[column(primary_key)]
    id: i64,
    email: String,
}

fn main() {
    let rows = || [Customer::insert().id(1).email("a")];
    let _ = Customer::insert_many(rows()).validate();
    let _ = Customer::insert_stream(futures_util::stream::iter(rows()).map(Ok)).validate();
}
