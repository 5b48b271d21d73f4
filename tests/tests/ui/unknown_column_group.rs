use schemata::model::Audit;
use schemata::TableModel;

#[derive(TableModel)]
#[table(unique(id, audit.creatd_by), index(audits.created_at), index(audit))]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(flatten)]
    audit: Audit,
}

fn main() {}
