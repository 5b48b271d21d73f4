use schemata::{Insertable, Patch};
use schemata_tests::warehouse::Article;

#[derive(Insertable)]
#[insertable(Article)]
struct WrongType {
    sku: i32,
    name: String,
}

#[derive(Patch)]
#[patch(Article)]
struct NullOrAbsent {
    email: Option<String>,
}

fn main() {}
