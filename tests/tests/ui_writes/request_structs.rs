use schemata::{Insertable, Patch};
use schemata_tests::warehouse::{Article, Event};

#[derive(Insertable)]
#[insertable(Article)]
struct Incomplete {
    sku: String,
}

#[derive(Insertable)]
#[insertable(Article)]
struct MaybeRequired {
    sku: String,
    name: Option<String>,
}

#[derive(Insertable)]
#[insertable(Event)]
struct Computed {
    id: i64,
    source: String,
    number: i32,
}

#[derive(Patch)]
#[patch(Article)]
struct Immutable {
    origin: Option<String>,
}

#[derive(Patch)]
#[patch(Article)]
struct Unknown {
    nowhere: Option<i32>,
}

#[derive(Insertable)]
struct Nameless {
    sku: String,
}

#[derive(Patch)]
#[patch(Article)]
struct Rekeyed {
    sku: Option<String>,
}

fn main() {}
