use schemata::{TableModel, sql_fn};

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    status: String,
}

sql_fn! {
    pub fn canon_name(text: String) -> String;

    #[sql(scheme = "audit")]
    fn next_number() -> i64;

    aggregate fn rows() -> i64;
}

sql_fn! {
    fn no_result(text: String);
}

sql_fn! {
    fn no_type(text: std::collections::BTreeSet<i32>) -> String;
}

fn main() {
    let _ = canon_name(Order::id);
    let _ = canon_name();
}
