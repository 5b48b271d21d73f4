//! Compares the migrations in the files of a package with those that are linked into the program. The linker leaves out a
//! migration whose module or crate no code names, and reports nothing.

mod attributes;
mod cargo;
mod declarations;
mod error;
mod files;
mod left_out;
mod remedy;
mod scan;
mod sql_folders;

pub(super) use left_out::unlinked;
