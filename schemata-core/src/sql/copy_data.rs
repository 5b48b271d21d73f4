//! The rows of `COPY … FROM stdin` in a file of SQL, as INSERT statements: PostgreSQL reads the same text through the same
//! input functions either way. Only the text format, in which dumps are written.
//!
//! `schemata-derive` compiles this file too, through a symbolic link.

use crate::sql::lex::tokens;

/// The largest number of rows per INSERT.
const ROWS: usize = 500;

/// A COPY whose rows follow it in the file.
#[derive(Debug)]
pub(crate) struct CopyFromStdin<'s> {
    /// The table, and its columns if they are listed.
    target: &'s str,
}

/// What is wrong with the rows, and in which line of them, counted from 0.
pub(crate) type RowError = (usize, String);

impl<'s> CopyFromStdin<'s> {
    /// Returns the COPY that `statement` is, or what is wrong with it; `None` if it is another statement.
    pub(crate) fn of(statement: &'s str) -> Option<Result<Self, &'static str>> {
        let all = tokens(statement);
        let from = all.windows(2).position(|pair| pair[0].is("from") && pair[1].is("stdin"))?;
        if !all[0].is("copy") || from < 2 {
            return None;
        }
        if all.len() > from + 2 {
            return Some(Err("only COPY in the text format is understood: write INSERT, or dump the rows as text"));
        }
        Some(Ok(Self { target: &statement[all[1].start..all[from - 1].end()] }))
    }

    /// Returns INSERT statements for the rows that `text` begins with, and the length of these rows with their end, `\.`.
    pub(crate) fn inserts(&self, text: &str) -> Result<(Vec<String>, usize), RowError> {
        let (mut rows, mut length, mut width) = (Vec::new(), 0, None);
        for (number, line) in text.split_inclusive('\n').enumerate() {
            length += line.len();
            let line = line.trim_end_matches('\n').trim_end_matches('\r');
            if line == "\\." {
                return Ok((self.statements(&rows), length));
            }
            let fields: Vec<&str> = line.split('\t').collect();
            let expected = *width.get_or_insert(fields.len());
            if fields.len() != expected {
                return Err((number, format!("the row has {} fields, and the first one has {expected}", fields.len())));
            }
            let values = fields.into_iter().map(literal).collect::<Option<Vec<String>>>();
            let values = values.ok_or_else(|| (number, "the row holds bytes beyond ASCII as escapes".to_owned()))?;
            rows.push(format!("({})", values.join(", ")));
        }
        Err((0, "the rows have no end: a line `\\.` ends them".to_owned()))
    }

    fn statements(&self, rows: &[String]) -> Vec<String> {
        let insert = |rows: &[String]| {
            format!("INSERT INTO {} OVERRIDING SYSTEM VALUE VALUES\n    {}", self.target, rows.join(",\n    "))
        };
        rows.chunks(ROWS).map(insert).collect()
    }
}

/// Returns the SQL of a field; `None` if it has an escape of a byte beyond ASCII.
fn literal(field: &str) -> Option<String> {
    if field == "\\N" {
        return Some("NULL".to_owned());
    }
    let mut out = String::from("'");
    let mut rest = field.chars().peekable();
    while let Some(c) = rest.next() {
        let c = if c == '\\' { escaped(&mut rest)? } else { c };
        out.push(c);
        if c == '\'' {
            out.push(c);
        }
    }
    out.push('\'');
    Some(out)
}

/// Reads the escape after a backslash (manual, "COPY", File Formats).
fn escaped(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    let Some(first) = rest.next() else { return Some('\\') };
    let (mut code, radix, most) = match first {
        'b' => return Some('\x08'),
        'f' => return Some('\x0c'),
        'n' => return Some('\n'),
        'r' => return Some('\r'),
        't' => return Some('\t'),
        'v' => return Some('\x0b'),
        '0'..='7' => (first.to_digit(8)?, 8, 2),
        'x' if rest.peek().is_some_and(char::is_ascii_hexdigit) => (0, 16, 2),
        other => return Some(other),
    };
    for _ in 0..most {
        let Some(digit) = rest.peek().and_then(|c| c.to_digit(radix)) else { break };
        code = code * radix + digit;
        rest.next();
    }
    char::from_u32(code).filter(|c| c.is_ascii() && *c != '\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inserts(data: &str) -> Result<Vec<String>, RowError> {
        let copy = CopyFromStdin::of("COPY public.t (a, b) FROM stdin").expect("a COPY").expect("in text format");
        copy.inserts(data).map(|(statements, _)| statements)
    }

    #[test]
    fn rows_become_inserts() {
        let found = inserts("1\tit's\\ta \\\\ b\r\n\\N\t\\x41\\101\\q\n\\.\nSELECT 1").expect("two rows");
        let expected = "INSERT INTO public.t (a, b) OVERRIDING SYSTEM VALUE VALUES\n    ('1', 'it''s\ta \\ b'),\n    (NULL, 'AAq')";
        assert_eq!(found, [expected]);
        assert!(inserts("\\.\n").expect("no row").is_empty());
    }

    #[test]
    fn mistakes_have_their_line() {
        assert_eq!(inserts("1\t2\n3\n\\.\n").expect_err("short").0, 1);
        assert_eq!(inserts("1\t\\xff\n\\.\n").expect_err("a byte").0, 0);
        assert!(inserts("1\t2\n").expect_err("no end").1.contains("no end"));
    }

    #[test]
    fn other_formats_and_statements_are_told_apart() {
        assert!(matches!(CopyFromStdin::of("COPY t FROM stdin WITH (FORMAT csv)"), Some(Err(_))));
        assert!(CopyFromStdin::of("COPY t TO stdout").is_none());
        assert!(CopyFromStdin::of("SELECT a FROM stdin").is_none());
    }
}
