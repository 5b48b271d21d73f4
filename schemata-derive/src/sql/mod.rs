//! SQL as the core crate reads it: these files are symbolic links into `schemata-core/src`, which `cargo package`
//! replaces by the files themselves. A macro crate cannot depend on the core, nor export code to it.

#[cfg_attr(not(test), expect(dead_code, reason = "attributes hold expressions only; migrations hold the other kinds"))]
pub(crate) mod fragment;
pub(crate) mod lex;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the macros judge the form of a type; what it can hold is judged by the core")
)]
pub(crate) mod type_name;
