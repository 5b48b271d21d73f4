use schemata::{Executor, RowReader, TableModel};

#[derive(TableModel)]
struct Machine {
    #[column(primary_key)]
    id: i64,
    cores: usize,
    offset: Option<isize>,
    total: u128,
    name: &'static str,
    started: std::time::SystemTime,
}

fn read(row: &mut RowReader<'_>) {
    let _ = row.take::<usize>();
}

fn main() {}
