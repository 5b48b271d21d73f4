use schemata::PgComposite;

#[derive(Debug, PgComposite)]
struct A(i64);

#[derive(Debug, PgComposite)]
struct B {
    #[column(name = "x")]
    a: i64,
    #[column(name = "x", default = 1)]
    b: i64,
}

#[derive(Debug, PgComposite)]
struct C {
    #[column(sql_type = "text")]
    a: i64,
}

#[derive(Debug, PgComposite)]
struct D<T> {
    a: T,
}

fn main() {}
