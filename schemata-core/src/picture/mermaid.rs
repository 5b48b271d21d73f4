//! Models as an entity-relationship diagram in Mermaid, which code hosts draw in Markdown.

use std::fmt::Write;

use crate::ident::Ident;
use crate::picture::keys::{is_optional, is_single, marks};
use crate::schema::Table;
use crate::sql::ddl::column_type;

/// Writes the diagram of `tables`.
pub(crate) fn mermaid(schema: &Ident, tables: &[&'static Table]) -> String {
    let mut text = "erDiagram\n".to_owned();
    for table in tables {
        let _ = writeln!(text, "    {} {{", mermaid_name(table.name));
        for column in table.columns {
            let marks = marks(table, column);
            let mark = if marks.is_empty() { String::new() } else { format!(" {}", marks.join(", ")) };
            let _ = writeln!(text, "        {} {}{mark}", word(&column_type(schema, column)), word(column.name));
        }
        text.push_str("    }\n");
    }
    for table in tables {
        for key in table.foreign_keys {
            let target = (key.target)();
            // One row of the target, or none if the reference may be NULL, to any number of rows here.
            let one = if is_optional(table, key) { "|o" } else { "||" };
            let many = if is_single(table, key) { "o|" } else { "o{" };
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

/// Replaces the characters that Mermaid does not allow in attribute words.
fn word(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() || "_-()[]".contains(c) { c } else { '_' }).collect()
}

fn mermaid_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::sample::{CHILD, PARENT};

    #[test]
    fn mermaid_shows_columns_keys_and_how_many() {
        assert_eq!(
            mermaid(&Ident::public(), &[&PARENT, &CHILD]),
            "erDiagram\n    \"parent\" {\n        bigint id PK\n    }\n    \"the 'child'\" {\n        bigint id PK\n        \
             numeric(8_2) parent_id FK, UK\n    }\n    \"parent\" |o--o| \"the 'child'\" : \"parent id\"\n"
        );
    }
}
