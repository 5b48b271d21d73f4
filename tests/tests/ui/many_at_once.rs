use schemata::TableModel;

#[derive(TableModel)]
#[table(nmae = "orders", unique(custmer_id), check("positive", "totl > 0"))]
struct Order {
    id: i64,
    #[column(uniqe)]
    customer_id: i64,
    #[column(on_delete = cascade, default = 0, default_sql = "0")]
    total: i64,
    #[column(sql_type = "serial")]
    number: i32,
    find: i64,
}

fn uses() {
    let _ = Order::insert().customer_id(1).total(2);
    let _ = Order::total.eq(1);
}

fn main() {}
