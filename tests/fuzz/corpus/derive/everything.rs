#[derive(TableModel)]
#[table(
    schema = "sales", name = "parts", comment = "Lines", primary_key(name = "pk"), unique(sku, note, nulls_not_distinct),
    index(sku desc, unique, using = hash, where = "amount > 0", include(note), name = "by_sku"),
    index(expression = "lower(sku)"), validate = judge, crate = "::other",
    index(note opclass("text_pattern_ops") collate("C") desc nulls_last, sku asc nulls_first, with(fillfactor = 70, fastupdate = off)),
    check("positive", "amount > 0"), renamed_from = "old",
    foreign_key(columns(order_id, line), references(Line::order_id, Line::number), on_update = restrict)
)]
struct Part {
    #[column(primary_key)] order_id: i64,
    #[column(primary_key)] line: i32,
    #[column(immutable, renamed_from = "article")] sku: String,
    #[column(comment = "free text", unique)] note: Option<String>,
    #[column(identity = by_default)] number: i64,
    #[column(generated = "number * 2")] amount: i64,
    #[column(default = -1.5)] r#type: f64,
    #[column(references = Self::number, on_delete = set_null)] before: Option<i64>,
    #[column(sql_type = "numeric(12,2)[]", default_sql = "'{}'")] prices: Vec<Decimal>,
    #[column(flatten)] audit: Audit,
}
#[column(schema = "sales")] enum Status { Pending, #[column(name = "on its way")] Shipped }
struct Email(String);
#[projection(Part)] struct Short { #[projection(Part::sku)] name: String }
#[insertable(Part)] struct New { sku: String, #[insertable(skip)] other: u8 }
#[patch(Part)] struct Change { note: Field<Option<String>> }
#[migration("0002_more", module = "billing")]
async fn initial(m: &mut Migration<'_>) -> MigrationResult { Ok(()) }
