//! The token budget. Every token of the output is parsed, resolved and checked again in each build of the user's crate.
//!
//! A token is an identifier, a literal, or one punctuation character; a pair of delimiters counts as two.

use proc_macro2::{TokenStream, TokenTree};

use crate::derive::table_model;

/// The design's model of eight fields, its audit group among them.
const ORDER: &str = r#"
    #[table(name = "orders")]
    pub struct Order {
        #[column(primary_key, default_sql = "gen_random_uuid()")]
        pub id: Uuid,
        #[column(references = Customer::id, on_delete = cascade)]
        pub customer_id: Uuid,
        #[column(sql_type = "varchar(20)", unique)]
        pub order_number: String,
        #[column(sql_type = "numeric(12,2)", default = 0)]
        pub order_total: Decimal,
        #[column(default_sql = "now()")]
        pub placed_at: DateTime<Utc>,
        #[column(sql_type = "varchar(20)", default = "pending")]
        pub status: String,
        pub shipped_at: Option<DateTime<Utc>>,
        #[column(flatten)]
        pub audit: Audit,
    }
"#;

fn count(tokens: TokenStream) -> usize {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::None => count(group.stream()),
            TokenTree::Group(group) => 2 + count(group.stream()),
            _ => 1,
        })
        .sum()
}

fn expanded(model: &str) -> usize {
    count(table_model(model.parse().expect("tokens")))
}

/// The order with twelve more columns, of the same mix.
fn twenty_columns() -> String {
    let more: String = (0..3)
        .map(|i| {
            format!(
                "#[column(sql_type = \"varchar(20)\")] pub a{i}: String, #[column(default = 0)] pub b{i}: i32, \
                 pub c{i}: Option<DateTime<Utc>>, #[column(default_sql = \"now()\")] pub d{i}: DateTime<Utc>,"
            )
        })
        .collect();
    ORDER.replace("#[column(flatten)]", &format!("{more} #[column(flatten)]"))
}

#[test]
fn the_order_of_the_design_stays_within_twelve_hundred_tokens() {
    let (eight, twenty) = (expanded(ORDER), expanded(&twenty_columns()));
    println!("8 columns: {eight} tokens; 20 columns: {twenty} tokens");
    assert!(eight <= 1_200, "8 columns take {eight} tokens");
    assert!(twenty <= 2_700, "20 columns take {twenty} tokens");
}
