use schemata::TableModel;

#[derive(TableModel)]
#[table(
    unique(email, deferrable),
    exclude(email, expression("lower(email)") with("a")),
    check(name = "a", sql = "id > 0", not_valid, not_enforced)
)]
struct Customer {
    #[column(primary_key, deferrable)]
    id: i64,
    email: String,
}

fn main() {}
