//! Pictures of tables and their foreign keys, as text that drawing tools read.

use std::fmt::Write;

use crate::ident::Ident;
use crate::schema::{Column, Table};
use crate::sql::ddl::column_type;

/// An entity-relationship diagram in Mermaid, which code hosts draw in Markdown.
pub(crate) fn mermaid(schema: &Ident, tables: &[&'static Table]) -> String {
    let mut text = "erDiagram\n".to_owned();
    for table in tables {
        let _ = writeln!(text, "    {} {{", mermaid_name(table.name));
        for column in table.columns {
            let keys = keys(table, column);
            let mark = if keys.is_empty() { String::new() } else { format!(" {}", keys.join(", ")) };
            let _ = writeln!(text, "        {} {}{mark}", word(&column_type(schema, column)), word(column.name));
        }
        text.push_str("    }\n");
    }
    for table in tables {
        for key in table.foreign_keys {
            let target = (key.target)();
            // One of the target, to none or many rows here; or none of it, where the reference may be NULL.
            let one = if optional(table, key.columns) { "|o" } else { "||" };
            let many = if unique(table, key.columns) { "o|" } else { "o{" };
            let columns = key.columns.join(", ");
            let _ = writeln!(
                text,
                "    {} {one}--{many} {} : \"{}\"",
                mermaid_name(target.name),
                mermaid_name(table.name),
                columns.replace('"', "#quot;")
            );
        }
    }
    text
}

/// A directed graph in DOT, which Graphviz draws.
pub(crate) fn dot(schema: &Ident, tables: &[&'static Table]) -> String {
    let mut text = "digraph schema {\n  rankdir=LR;\n  node [shape=plaintext, fontname=\"sans-serif\"];\n".to_owned();
    for table in tables {
        let _ = writeln!(
            text,
            "  {} [label=<<table border=\"0\" cellborder=\"1\" cellspacing=\"0\"><tr><td><b>{}</b></td></tr>",
            dot_name(table.name),
            html(table.name)
        );
        for column in table.columns {
            let marks = keys(table, column).join(" ");
            let (name, sql_type) = (html(column.name), html(&column_type(schema, column)));
            let null = if column.nullable { "" } else { " NOT NULL" };
            let _ = writeln!(text, "    <tr><td align=\"left\">{name} <i>{sql_type}{null}</i> {marks}</td></tr>");
        }
        text.push_str("  </table>>];\n");
    }
    for table in tables {
        for key in table.foreign_keys {
            let label = key.columns.join(", ").replace('\\', "\\\\").replace('"', "\\\"");
            let _ =
                writeln!(text, "  {} -> {} [label=\"{label}\"];", dot_name(table.name), dot_name((key.target)().name));
        }
    }
    text.push_str("}\n");
    text
}

fn keys(table: &Table, column: &Column) -> Vec<&'static str> {
    let mut keys = Vec::new();
    if table.primary_key.contains(&column.name) {
        keys.push("PK");
    }
    if table.foreign_keys.iter().any(|key| key.columns.contains(&column.name)) {
        keys.push("FK");
    }
    if table.uniques.iter().any(|unique| unique.columns == [column.name]) {
        keys.push("UK");
    }
    keys
}

fn optional(table: &Table, columns: &[&str]) -> bool {
    columns.iter().any(|name| table.column(name).is_some_and(|column| column.nullable))
}

fn unique(table: &Table, columns: &[&str]) -> bool {
    table.primary_key == columns || table.uniques.iter().any(|unique| unique.columns == columns)
}

/// Mermaid's attribute words know letters, digits and a few signs only.
fn word(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() || "_-()[]".contains(c) { c } else { '_' }).collect()
}

fn mermaid_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "'"))
}

fn dot_name(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{ForeignKey, Unique};

    static PARENT: Table = Table::new("parent", &[Column::of::<i64>("id")], &["id"]);
    static CHILD: Table = Table::new(
        "the \"child\"",
        &[Column::of::<i64>("id"), Column::of::<Option<i64>>("parent id").sql_type("numeric(8,2)")],
        &["id"],
    )
    .uniques(&[Unique::new(&["parent id"])])
    .foreign_keys(&[ForeignKey::new(&["parent id"], || &PARENT, &["id"])]);

    #[test]
    fn mermaid_shows_columns_keys_and_how_many() {
        assert_eq!(
            mermaid(&Ident::public(), &[&PARENT, &CHILD]),
            "erDiagram\n    \"parent\" {\n        bigint id PK\n    }\n    \"the 'child'\" {\n        bigint id PK\n        \
             numeric(8_2) parent_id FK, UK\n    }\n    \"parent\" |o--o| \"the 'child'\" : \"parent id\"\n"
        );
    }

    #[test]
    fn dot_escapes_what_html_and_quotes_mean() {
        let text = dot(&Ident::public(), &[&CHILD]);
        assert!(text.contains("\"the \\\"child\\\"\" -> \"parent\" [label=\"parent id\"];"), "{text}");
        assert!(text.contains("<b>the \"child\"</b>"), "{text}");
    }
}
