//! Every mistake that `query!`, `query_file!` and `#[derive(FromRow)]` refuse, with the message that the user sees.

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui_checked/*.rs");
}
