//! Models as a drawing in SVG: one self-contained file, for light and dark backgrounds.

use std::fmt::Write;

use crate::ident::Ident;
use crate::picture::boxes::{LINE, PAD, TITLE, TableBox, table_box};
use crate::picture::keys::{is_optional, is_single};
use crate::picture::layout::{Layout, Point, layout};
use crate::schema::{ForeignKey, Table};

/// The length of the horizontal ends of lines, where their marks are.
const LEAD: i64 = 15;

/// Colours, fonts, and the marks at the ends of lines: a crow's foot for many rows, a bar for one, a ring for one or none.
const HEAD: &str = "<style>
  .box { fill: #ffffff; stroke: #57606a } .head { fill: #eaeef2 } .line { fill: none; stroke: #57606a; stroke-width: 1.2 }
  text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #1f2328 }
  .title { font-size: 13px; font-weight: 600 } .type { fill: #57606a } .mark { font-size: 10px; fill: #0969da }
  .null { font-size: 10px; fill: #8c959f } .ring { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    .box { fill: #0d1117; stroke: #8b949e } .head { fill: #21262d } .line { stroke: #8b949e } text { fill: #e6edf3 }
    .type { fill: #9198a1 } .mark { fill: #58a6ff } .null { fill: #6e7681 } .ring { fill: #0d1117 }
  }
</style>
<defs>
  <marker id=\"many\" markerUnits=\"userSpaceOnUse\" viewBox=\"0 0 14 14\" markerWidth=\"14\" markerHeight=\"14\" refX=\"0\" refY=\"7\" orient=\"auto\"><path class=\"line\" d=\"M0 1 L11 7 L0 13\"/></marker>
  <marker id=\"single\" markerUnits=\"userSpaceOnUse\" viewBox=\"0 0 14 14\" markerWidth=\"14\" markerHeight=\"14\" refX=\"0\" refY=\"7\" orient=\"auto\"><path class=\"line\" d=\"M7 2 V12\"/></marker>
  <marker id=\"one\" markerUnits=\"userSpaceOnUse\" viewBox=\"0 0 14 14\" markerWidth=\"14\" markerHeight=\"14\" refX=\"14\" refY=\"7\" orient=\"auto\"><path class=\"line\" d=\"M7 2 V12\"/></marker>
  <marker id=\"maybe\" markerUnits=\"userSpaceOnUse\" viewBox=\"0 0 14 14\" markerWidth=\"14\" markerHeight=\"14\" refX=\"14\" refY=\"7\" orient=\"auto\"><circle class=\"line ring\" cx=\"7\" cy=\"7\" r=\"4\"/></marker>
</defs>
";

/// Draws `tables`. A foreign key to a table that is not among them is left out.
pub(crate) fn svg(schema: &Ident, tables: &[&'static Table]) -> String {
    let boxes: Vec<TableBox> = tables.iter().map(|table| table_box(schema, table)).collect();
    let sizes: Vec<_> = boxes.iter().map(|table| table.size).collect();
    let keys = keys(tables);
    let edges: Vec<(usize, usize)> = keys.iter().map(|key| (key.from, key.to)).collect();
    let layout = layout(&sizes, &edges);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\">\n\
         <title>{2}</title>\n{HEAD}",
        layout.size.width,
        layout.size.height,
        escaped(&boxes.iter().map(|table| table.title.as_str()).collect::<Vec<_>>().join(", "))
    );
    for (at, key) in keys.iter().enumerate() {
        draw_key(&mut text, key, tables[key.from], &boxes, &layout, at);
    }
    for (table, corner) in boxes.iter().zip(&layout.corners) {
        draw_table(&mut text, table, *corner);
    }
    text.push_str("</svg>\n");
    text
}

/// A foreign key between two of the tables.
struct Edge {
    from: usize,
    to: usize,
    key: &'static ForeignKey,
}

fn keys(tables: &[&'static Table]) -> Vec<Edge> {
    let same = |one: &Table, other: &Table| one.name == other.name && one.schema == other.schema;
    let of = |(from, table): (usize, &&'static Table)| {
        table.foreign_keys.iter().filter_map(move |key| {
            let to = tables.iter().position(|table| same(table, (key.target)()))?;
            Some(Edge { from, to, key })
        })
    };
    tables.iter().enumerate().flat_map(of).collect()
}

/// Draws a line from the referencing column to the referenced one, horizontal where it passes other layers.
fn draw_key(text: &mut String, edge: &Edge, table: &Table, boxes: &[TableBox], layout: &Layout, at: usize) {
    let end = |node: usize, column: Option<&&str>, right: bool| {
        let (corner, of) = (layout.corners[node], &boxes[node]);
        let x = if right { corner.x + of.size.width } else { corner.x };
        Point { x, y: corner.y + of.middle(column.copied().unwrap_or_default()) }
    };
    let (first, last) = (edge.key.columns.first(), edge.key.target_columns.first());
    let itself = edge.from == edge.to;
    let leftwards = layout.corners[edge.to].x < layout.corners[edge.from].x;
    let start = end(edge.from, first, !leftwards);
    let stop = end(edge.to, last, leftwards || itself);
    let (outwards, inwards) = if leftwards { (-LEAD, LEAD) } else { (LEAD, if itself { LEAD } else { -LEAD }) };
    let (leaves, arrives) = (Point { x: start.x + outwards, ..start }, Point { x: stop.x + inwards, ..stop });
    let mut path = format!("M{} {} H{}", start.x, start.y, leaves.x);
    if itself {
        let out = start.x + 44;
        let _ = write!(path, " C{out} {} {out} {} {} {}", leaves.y, arrives.y, arrives.x, arrives.y);
    } else {
        let mut from = leaves;
        let stretches: Vec<(Point, Point)> = if leftwards {
            layout.stretches[at].iter().rev().map(|(left, right)| (*right, *left)).collect()
        } else {
            layout.stretches[at].clone()
        };
        for (near, far) in stretches {
            curve(&mut path, from, near);
            let _ = write!(path, " H{}", far.x);
            from = far;
        }
        curve(&mut path, from, arrives);
    }
    let _ = write!(path, " H{}", stop.x);
    let many = if is_single(table, edge.key) { "single" } else { "many" };
    let one = if is_optional(table, edge.key) { "maybe" } else { "one" };
    let title = format!("{}.({}) → {}", table.name, edge.key.columns.join(", "), boxes[edge.to].title);
    let _ = writeln!(
        text,
        "<path class=\"line\" marker-start=\"url(#{many})\" marker-end=\"url(#{one})\" d=\"{path}\"><title>{}</title></path>",
        escaped(&title)
    );
}

/// Adds a curve with horizontal ends.
fn curve(path: &mut String, from: Point, to: Point) {
    let middle = i64::midpoint(from.x, to.x);
    let _ = write!(path, " C{middle} {} {middle} {} {} {}", from.y, to.y, to.x, to.y);
}

fn draw_table(text: &mut String, table: &TableBox, corner: Point) {
    let Point { x, y } = corner;
    let (width, height) = (table.size.width, table.size.height);
    let _ = writeln!(text, "<g>{}", tooltip(table.comment));
    let _ = writeln!(text, "<rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>");
    let _ = writeln!(
        text,
        "<path class=\"head\" d=\"M{0} {1} v-{2} a5.5 5.5 0 0 1 5.5 -5.5 h{3} a5.5 5.5 0 0 1 5.5 5.5 v{2} z\"/>",
        x + 1,
        y + TITLE,
        TITLE - 7,
        width - 13
    );
    let _ = writeln!(text, "<text class=\"title\" x=\"{}\" y=\"{}\">{}</text>", x + PAD, y + 19, escaped(&table.title));
    let mut base = y + TITLE + 15;
    for line in &table.lines {
        let mut cell = |class: &str, at: i64, content: &str| {
            let _ = write!(text, "<text class=\"{class}\" x=\"{}\" y=\"{base}\">{content}</text>", x + at);
        };
        if !line.marks.is_empty() {
            cell("mark", PAD, &line.marks);
        }
        cell("name", table.names, &format!("{}{}", tooltip(line.comment), escaped(line.name)));
        let null = if line.nullable { " <tspan class=\"null\">null</tspan>" } else { "" };
        cell("type", table.types, &format!("{}{null}", escaped(&line.sql_type)));
        text.push('\n');
        base += LINE;
    }
    text.push_str("</g>\n");
}

fn tooltip(comment: Option<&str>) -> String {
    comment.map_or_else(String::new, |comment| format!("<title>{}</title>", escaped(comment)))
}

/// Escapes text for XML, which allows no control characters at all.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::sample::{CHILD, PARENT};

    #[test]
    fn every_table_column_and_key_is_drawn() {
        let text = svg(&Ident::public(), &[&PARENT, &CHILD]);
        for part in [
            ">parent</text>",
            ">the &quot;child&quot;</text>",
            ">numeric(8,2) <tspan class=\"null\">null</tspan></text>",
            ">FK UK</text>",
            "marker-start=\"url(#single)\" marker-end=\"url(#maybe)\"",
        ] {
            assert!(text.contains(part), "{part} is missing:\n{text}");
        }
    }

    #[test]
    fn names_cannot_leave_their_place() {
        assert_eq!(escaped("</text><script>\u{0}\"&"), "&lt;/text&gt;&lt;script&gt; &quot;&amp;");
    }
}
