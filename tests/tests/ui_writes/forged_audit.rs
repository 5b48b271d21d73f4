use schemata::Insertable;
use schemata_tests::warehouse::Article;

#[derive(Insertable)]
#[insertable(Article)]
struct Forged {
    sku: String,
    name: String,
    created_by: String,
}

fn main() {}
