//! Mistakes in relations, with the message that the user sees.

#[test]
fn mistakes_are_reported_where_they_are_made() {
    trybuild::TestCases::new().compile_fail("tests/ui_relations/*.rs");
}
