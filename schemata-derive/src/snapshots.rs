//! Compares every shape of output with the files in `snapshots/`. `UPDATE_SNAPSHOTS=1 cargo test -p schemata-derive`
//! rewrites them, for a reviewer to read the difference.

use std::path::Path;

use proc_macro2::TokenStream;

use crate::labels::{Kind, labels};

fn compare(name: &str, output: TokenStream) {
    let file = syn::parse2(output).expect("the output is a file of items");
    let actual = prettyplease::unparse(&file);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(name).with_extension("rs.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &actual).expect("the snapshot can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(actual == expected, "{name} expands to something else now:\n{actual}");
}

fn tokens(source: &str) -> TokenStream {
    source.parse().expect("tokens")
}

fn model(name: &str, source: &str) {
    compare(name, crate::derive::table_model(tokens(source)));
}

#[test]
fn plain() {
    model("plain", crate::budget::ORDER);
}

#[test]
fn serial() {
    model(
        "serial",
        r#"
        #[table(name = "tickets", primary_key(name = "pk_tickets"))]
        struct Ticket { #[column(primary_key, serial)] id: i32, #[column(serial)] number: i64, title: String }
        "#,
    );
}

#[test]
fn unmanaged() {
    model(
        "unmanaged",
        r#"
        #[table(name = "tickets", unmanaged(index = "tickets_search", constraint = "no_overlap", column = "search", row_security))]
        struct Ticket { #[column(primary_key)] id: i32, #[column(unmanaged(default, collation))] code: String }
        "#,
    );
}

#[test]
fn keyless() {
    model(
        "keyless",
        r#"
        #[table(name = "logs", keyless)]
        struct Log { #[column(references = Service::id)] service_id: i64, line: String }
        "#,
    );
}

#[test]
fn composite_key() {
    model(
        "composite_key",
        r#"
        #[table(
            schema = "sales", comment = "Lines", unique(sku, note, nulls_not_distinct),
            index(sku desc, unique, using = hash, where = "amount > 0", include(note), name = "by_sku"),
            index(expression = "lower(sku)"),
            index(note opclass("text_pattern_ops") collate("C") desc nulls_last, sku asc nulls_first, with(fillfactor = 70, fastupdate = off)),
            index(expression("lower(note)") desc, unique, nulls_not_distinct), check("positive", "amount > 0"),
            foreign_key(columns(order_id, line), references(Line::order_id, Line::number), on_update = restrict)
        )]
        struct Part {
            #[column(primary_key)] order_id: i64,
            #[column(primary_key)] line: i32,
            /// What it is.
            #[column(immutable)] sku: String,
            #[column(comment = "free text")] note: Option<String>,
            #[column(identity = by_default)] number: i64,
            #[column(generated = "number * 2")] amount: i64,
            #[column(default = -1.5)] r#type: f64,
            #[column(references = Self::number, on_delete = set_null)] before: Option<i64>,
        }
        "#,
    );
}

#[test]
fn flatten() {
    let source = r#"
        #[table(index(audit.created_at, id), check("later", "updated_at >= created_at"))]
        pub struct Note {
            #[column(primary_key)] pub id: i64,
            #[column(flatten)] pub audit: Audit,
            #[column(flatten)] pub removal: SoftDelete,
        }
    "#;
    model("flatten", source);
}

#[test]
fn mistaken() {
    model("mistaken", "struct Order { id: i64, #[column(uniqe)] email: String, #[column(flatten)] audit: Audit }");
}

#[test]
fn not_a_table() {
    model("not_a_table", "enum Order<'a, T: Copy> { A(&'a T) }");
}

#[test]
fn pg_enum() {
    let source = r#"#[column(schema = "sales")] enum Status { Pending, #[column(name = "on its way")] Shipped }"#;
    compare("pg_enum", labels(tokens(source), Kind::PgEnum));
}

#[test]
fn text_enum() {
    compare("text_enum", labels(tokens("enum Size { Small, ExtraLarge }"), Kind::TextEnum));
}

#[test]
fn int_enum() {
    let source = "#[column(check, serde)] #[repr(i16)] enum Priority { Low = 1, High = 5 }";
    compare("int_enum", crate::int_enum::int_enum(tokens(source)));
}

#[test]
fn generic_newtype() {
    compare("generic_newtype", crate::newtype::newtype(tokens("struct Id<T>(i64, PhantomData<T>);")));
}

#[test]
fn newtype() {
    compare("newtype", crate::newtype::newtype(tokens("struct Email(String);")));
}

#[test]
fn migration() {
    let function = "async fn initial(m: &mut Migration<'_>) -> MigrationResult { Ok(()) }";
    compare("migration", crate::migration::migration(tokens("\"0001_initial\""), &tokens(function)));
    let attr = tokens("\"0002_more\", module = \"billing\"");
    compare("migration_of_a_module", crate::migration::migration(attr, &tokens(function)));
}
