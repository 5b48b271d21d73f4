//! Pictures of models: their tables and the foreign keys between them, as a drawing (SVG), as text that other programs
//! draw (DOT, Mermaid), or as JSON.

mod boxes;
mod dot;
mod json;
mod keys;
mod layers;
mod layout;
mod mermaid;
mod svg;

pub(crate) use dot::dot;
pub(crate) use json::json;
pub(crate) use mermaid::mermaid;
pub(crate) use svg::svg;

/// Two tables with awkward names, for the tests.
#[cfg(test)]
mod sample {
    use crate::schema::{Column, ForeignKey, Table, Unique};

    pub(super) static PARENT: Table = Table::new("parent", &[Column::of::<i64>("id")], &["id"]);
    pub(super) static CHILD: Table = Table::new(
        "the \"child\"",
        &[Column::of::<i64>("id"), Column::of::<Option<i64>>("parent id").sql_type("numeric(8,2)")],
        &["id"],
    )
    .uniques(&[Unique::new(&["parent id"])])
    .foreign_keys(&[ForeignKey::new(&["parent id"], || &PARENT, &["id"])]);
}
