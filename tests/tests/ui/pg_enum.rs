use schemata::PgEnum;

#[derive(Debug, PgEnum)]
struct A {
    a: i64,
}

#[derive(Debug, PgEnum)]
enum B {
    C(i64),
    D { e: i64 },
}

#[derive(Debug, PgEnum)]
enum E {
    F,
    #[column(name = "f")]
    G,
}

#[derive(Debug, PgEnum)]
#[column(nmae = "x")]
enum H {
    #[column(name = "éééééééééééééééééééééééééééééééé")]
    I,
}

#[derive(Debug, PgEnum)]
enum J {}

#[derive(Debug, PgEnum)]
enum K<T> {
    L,
}

fn main() {}
