//! The token budget. Every token of the output is parsed, resolved and checked again in each build of the user's crate. Most of the
//! time goes to what the compiler proves about them, though: a `match` of sixteen tokens costs less than a `?`.
//!
//! A token is an identifier, a literal, or one punctuation character; a pair of delimiters counts as two.

use proc_macro2::{TokenStream, TokenTree};

use crate::derive::table_model;
use crate::diag::Diagnostics;
use crate::expand::{expand, expand_alone, expand_unrelated};
use crate::lower::lower;

/// A model of eight fields, an audit group among them.
pub(crate) const ORDER: &str = r#"
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

/// Returns the number of tokens of a model without relations, keys and requests; of those that relations add; and of those
/// that keys and requests add.
fn expanded(model: &str) -> (usize, usize, usize) {
    let input: syn::DeriveInput = syn::parse_str(model).expect("a struct");
    let lowered = lower(&input, &mut Diagnostics::default()).expect("a correct model");
    let (all, alone) = (count(expand(&lowered)), count(expand_alone(&lowered)));
    let unrelated = count(expand_unrelated(&lowered));
    assert_eq!(all, count(table_model(model.parse().expect("tokens"))), "this is what the derive emits");
    (alone, all - unrelated, unrelated - alone)
}

/// Returns the order with twelve more columns of the same mix.
fn twenty_columns() -> String {
    let mix = |i| {
        format!(
            "#[column(sql_type = \"varchar(20)\")] pub a{i}: String, #[column(default = 0)] pub b{i}: i32, \
             pub c{i}: Option<DateTime<Utc>>, #[column(default_sql = \"now()\")] pub d{i}: DateTime<Utc>,"
        )
    };
    let more = [0, 1, 2].map(mix).concat();
    ORDER.replace("#[column(flatten)]", &format!("{more} #[column(flatten)]"))
}

/// Handles, decoding, builders, finders and checks have one bound, relations another, keys and requests a third: none
/// can grow at the cost of the others.
#[test]
fn the_order_of_the_design_stays_within_its_budget() {
    let ((eight, its_relations, its_writes), (twenty, ..)) = (expanded(ORDER), expanded(&twenty_columns()));
    println!(
        "8 columns: {eight} tokens, relations {its_relations}, keys and requests {its_writes}; 20 columns: {twenty} tokens"
    );
    assert!(eight <= 1_412, "8 columns take {eight} tokens");
    assert!(its_relations <= 130, "the relations of 8 columns take {its_relations} tokens");
    assert!(its_writes <= 30, "the keys and requests of 8 columns take {its_writes} tokens");
    assert!(twenty <= 3_150, "20 columns take {twenty} tokens");
}

/// Objects that are left to the database cost the tokens of their names, and nothing elsewhere.
#[test]
fn what_is_left_to_the_database_costs_its_own_names_only() {
    let said = ORDER
        .replace("#[table(name = \"orders\")]", "#[table(name = \"orders\", unmanaged(index = \"a\", row_security))]")
        .replace("default_sql = \"now()\"", "default_sql = \"now()\", unmanaged(default)");
    let ((plain, ..), (said, ..)) = (expanded(ORDER), expanded(&said));
    // `.unmanaged(&[__Unmanaged::Index("a"), __Unmanaged::RowSecurity])` and `.unmanaged(&[__UnmanagedPart::Default])`.
    assert_eq!(said - plain, 19 + 11, "{plain} tokens, {said} with two objects and one property");
}
