use schemata::Projection;

#[derive(Projection)]
#[projection(from = Order)]
struct UnknownKey {
    id: i64,
}

#[derive(Projection)]
#[projection(of = Order)]
struct NoNames(i64);

fn main() {}
