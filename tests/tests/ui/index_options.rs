use schemata::TableModel;

#[derive(TableModel)]
#[table(
    name = "orders",
    index(placed_at descending),
    index(placed_at desc asc, nulls_not_distinct),
    index(note opclass, placed_at collate(C), id collate("C") "D"),
    index(note, tablespace = "fast"),
    index(note, concurrently),
    index(note, with(fillfactor, fastupdate = 1 + 1, fillfactor = 70, fillfactor = 80)),
    index(expression("lower(note)") lower),
    index(expression(lower(note)))
)]
struct Order {
    #[column(primary_key)]
    id: i64,
    placed_at: i64,
    note: String,
}

fn main() {}
