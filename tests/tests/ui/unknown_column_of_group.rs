use schemata::model::Audit;
use schemata::TableModel;

#[derive(TableModel)]
#[table(unique(id, audit.creatd_by))]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(flatten)]
    audit: Audit,
}

fn main() {}
