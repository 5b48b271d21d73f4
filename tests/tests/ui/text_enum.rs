use schemata::TextEnum;

#[derive(Debug, TextEnum)]
struct A(i64);

#[derive(Debug, TextEnum)]
enum B {
    C(i64),
}

#[derive(Debug, TextEnum)]
#[column(name = "x")]
enum E {
    F,
    #[column(name = "f")]
    G,
}

fn main() {}
