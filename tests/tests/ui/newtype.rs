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
struct F<T>(T);

#[derive(Debug, Newtype)]
struct G(Option<i64>);

fn main() {}
