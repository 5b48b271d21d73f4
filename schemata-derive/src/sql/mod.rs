//! SQL as the core crate reads it: these files are symbolic links into `schemata-core/src`, which `cargo package`
//! replaces by the files themselves. A macro crate cannot depend on the core, nor export code to it.

pub(crate) mod copy_data;
#[cfg_attr(not(test), expect(dead_code, reason = "attributes hold expressions only; migrations hold the other kinds"))]
pub(crate) mod fragment;
pub(crate) mod lex;
pub(crate) mod migration_file;
pub(crate) mod psql;
#[cfg_attr(not(test), expect(dead_code, reason = "the macros only split files into statements"))]
pub(crate) mod script;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the macros judge the form of a type; what it can hold is judged by the core")
)]
pub(crate) mod type_name;
