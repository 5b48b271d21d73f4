//! Writes that must not compile, and the compiler's messages.

#[test]
fn mistakes_are_reported_where_they_are_made() {
    trybuild::TestCases::new().compile_fail("tests/ui_writes/*.rs");
}
