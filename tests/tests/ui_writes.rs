//! What does not compile of writing, and what the compiler says.

#[test]
fn mistakes_are_reported_where_they_are_made() {
    trybuild::TestCases::new().compile_fail("tests/ui_writes/*.rs");
}
