use schemata::{RowReader, TableModel};

#[derive(TableModel)]
struct Machine {
    #[column(primary_key)]
    id: i64,
    cores: usize,
    offset: Option<isize>,
    name: &'static str,
}

fn read(row: &mut RowReader<'_>) {
    let _ = row.take::<usize>();
}

fn main() {}
