use schemata::{IntEnum, TableModel};

#[derive(Debug, IntEnum)]
enum NoRepr {
    A,
}

#[derive(Debug, IntEnum)]
#[repr(u64)]
enum TooWide {
    A,
}

#[derive(Debug, IntEnum)]
#[repr(i16)]
enum Data {
    A(i64),
}

#[derive(Debug, IntEnum)]
#[column(chek, clap)]
#[repr(i16)]
enum Keys {
    A,
}

#[derive(Debug, IntEnum)]
struct NoEnum(i64);

#[derive(Debug, IntEnum)]
#[column(check)]
#[repr(i16)]
enum Priority {
    Low = 1,
}

#[derive(TableModel)]
struct Ticket {
    #[column(primary_key)]
    id: i64,
    #[column(default = 2)]
    priority: Priority,
}

fn main() {}
