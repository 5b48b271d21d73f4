use schemata::Newtype;

#[derive(Debug, Newtype)]
struct A {
    a: i64,
}

#[derive(Debug, Newtype)]
struct B(i64, i64);

#[derive(Debug, Newtype)]
struct C;

#[derive(Debug, Newtype)]
enum D {
    E(i64),
}

#[derive(Debug, Newtype)]
struct F<'a>(&'a str);

#[derive(Debug, Newtype)]
struct G(Option<i64>);

#[derive(Debug, Newtype)]
#[column(clap, serd)]
struct H(i64);

fn main() {}
