//! Every mistake that the macros and the types around them refuse, with the message a user sees.

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
