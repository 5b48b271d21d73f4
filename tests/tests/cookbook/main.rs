//! The pairs of the guide's cookbook: each is run, and returns the rows of its SQL. The page is written from these files.
//!
//! A pair begins with a comment `// ### Title`, perhaps followed by comments that the page shows as text, then has its SQL in
//! `let sql`, and after it the Rust up to the comparison. `UPDATE_COOKBOOK=1 cargo test -p schemata-tests --test cookbook page`
//! writes the page.
#![allow(
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "a function is a section of the page, its types are shown"
)]

mod groups;
mod joins;
mod one_table;
mod own_sql;
mod page;
mod subselects;
mod tables;
mod twins;
mod values;
mod windows;
mod writes;

use twins::Outcome;
