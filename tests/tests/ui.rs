//! Every mistake that the macros and their types refuse, with the message that the user sees.

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
