//! A table as a box: its lines of text and its size.

use crate::ident::Ident;
use crate::picture::keys::marks;
use crate::picture::layout::Size;
use crate::schema::Table;
use crate::sql::ddl::column_type;

/// The height of a line of text.
pub(super) const LINE: i64 = 20;
/// The height of the title.
pub(super) const TITLE: i64 = 28;
/// The space between text and border, and between columns of text.
pub(super) const PAD: i64 = 10;

/// The widths of a character in tenths of a pixel, slightly rounded up: fixed-pitch fonts of 12 and 10 pixels.
const TEXT: i64 = 74;
const SMALL: i64 = 62;

/// A table, ready to be drawn.
#[derive(Debug)]
pub(super) struct TableBox {
    pub(super) title: String,
    pub(super) comment: Option<&'static str>,
    pub(super) lines: Vec<ColumnLine>,
    /// Where names and types begin, from the left edge of the box.
    pub(super) names: i64,
    pub(super) types: i64,
    pub(super) size: Size,
}

/// The line of a column.
#[derive(Debug)]
pub(super) struct ColumnLine {
    pub(super) marks: String,
    pub(super) name: &'static str,
    pub(super) sql_type: String,
    pub(super) nullable: bool,
    pub(super) comment: Option<&'static str>,
}

/// Lays out the box of `table`.
pub(super) fn table_box(schema: &Ident, table: &Table) -> TableBox {
    let lines: Vec<ColumnLine> = table
        .columns
        .iter()
        .map(|column| ColumnLine {
            marks: marks(table, column).join(" "),
            name: column.name,
            sql_type: column_type(schema, column),
            nullable: column.nullable,
            comment: column.comment,
        })
        .collect();
    let title = table.schema.map_or_else(|| table.name.to_owned(), |schema| format!("{schema}.{}", table.name));
    let widest = |width: &dyn Fn(&ColumnLine) -> i64| lines.iter().map(width).max().unwrap_or_default();
    let marks = widest(&|line| width(&line.marks, SMALL));
    let names = PAD + if marks == 0 { 0 } else { marks + PAD };
    let types = names + widest(&|line| width(line.name, TEXT)) + PAD;
    let right =
        types + widest(&|line| width(&line.sql_type, TEXT) + if line.nullable { width(" null", SMALL) } else { 0 });
    let size = Size {
        width: right.max(width(&title, TEXT + 8) + PAD) + PAD,
        height: TITLE + LINE * i64::try_from(lines.len()).unwrap_or(i64::MAX / LINE) + PAD / 2,
    };
    TableBox { title, comment: table.comment, lines, names, types, size }
}

impl TableBox {
    /// Returns the middle of the line of column `name`, from the top of the box; that of the title if there is no such
    /// column.
    pub(super) fn middle(&self, name: &str) -> i64 {
        match self.lines.iter().position(|line| line.name == name) {
            Some(at) => TITLE + LINE * i64::try_from(at).unwrap_or_default() + LINE / 2,
            None => TITLE / 2,
        }
    }
}

/// Returns the width of `text`. A character beyond U+1100 may be as wide as two others.
fn width(text: &str, tenths: i64) -> i64 {
    let cells: i64 = text.chars().map(|c| if c < '\u{1100}' { 1 } else { 2 }).sum();
    (cells * tenths + 9) / 10
}
