//! Models as a directed graph in DOT, which Graphviz draws.

use std::fmt::Write;

use crate::ident::Ident;
use crate::picture::keys::marks;
use crate::schema::Table;
use crate::sql::ddl::column_type;

/// Writes the graph of `tables`.
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
            let marks = marks(table, column).join(" ");
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

fn dot_name(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::sample::CHILD;

    #[test]
    fn dot_escapes_html_and_quotes() {
        let text = dot(&Ident::public(), &[&CHILD]);
        assert!(text.contains("\"the \\\"child\\\"\" -> \"parent\" [label=\"parent id\"];"), "{text}");
        assert!(text.contains("<b>the \"child\"</b>"), "{text}");
    }
}
