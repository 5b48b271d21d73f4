use schemata::prelude::*;

#[derive(TableModel)]
#[table(name = "logs", keyless)]
pub struct Log {
    #[column(references = Service::id)]
    pub service_id: i64,
    pub line: String,
}

#[derive(TableModel)]
#[table(name = "services")]
pub struct Service {
    #[column(primary_key)]
    pub id: i64,
}

async fn uses(db: Db, row: Log, rows: Vec<Log>) {
    let _ = Log::find(&db, 1).await;
    let _ = Log::get(&db, 1).await;
    let _ = Log::delete(&db, 1).await;
    let _ = Log::update(1);
    let _ = Log::delete_many([1]);
    let _ = Log::primary_key();
    let _ = row.key();
    let _ = Log::SERVICE_ID_FKEY.parents_of(&rows);
}

fn main() {}
