//! Reads a file of SQL that is a migration: the statements of its part that leads up, how each has to run, and what cannot
//! run at all, by its line. It knows the marks that diesel, sqlx, dbmate and goose give files, and psql's commands in dumps.
//!
//! `schemata-derive` compiles this file too, through a symbolic link: the compiler reports what a run would refuse.

use std::borrow::Cow;
use std::ops::Range;

use crate::sql::copy_data::CopyFromStdin;
use crate::sql::lex::{Token, TokenKind, token_after, tokens};
use crate::sql::psql;
use crate::sql::script::{controls_transaction, statement_after};

/// A statement of a file, or the end of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileStep<'s> {
    /// The line, counted from 1.
    pub(crate) line: usize,
    pub(crate) text: Cow<'s, str>,
    pub(crate) kind: FileStepKind,
    /// The reason why it may run although it is dangerous on a large table.
    pub(crate) allowed: Option<&'s str>,
}

/// How a statement of a file has to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileStepKind {
    /// In a transaction, with its neighbours.
    Statement,
    /// Outside transactions: an index that is built while the table is in use.
    CreateIndex { unique: bool, name: String, definition: String },
    /// Outside transactions: an index that is dropped while the table is in use.
    DropIndex { schema: Option<String>, name: String, if_exists: bool },
    /// Outside transactions; running it again does no harm.
    Alone,
    /// Ends the transaction of the statements before it.
    Commit,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileError {
    /// The line, counted from 1.
    pub(crate) line: usize,
    pub(crate) message: String,
}

/// Reads the text of a file. Unless it runs `in_transaction`, each statement commits by itself, apart from those between BEGIN
/// and COMMIT. A mark in the text can say so, too.
pub(crate) fn read(text: &str, in_transaction: bool) -> Result<Vec<FileStep<'_>>, FileError> {
    let (part, is_marked) = part_up(text)?;
    let commits_each = !in_transaction || is_marked;
    let mut reader = Reader { text: &text[..part.end], steps: Vec::new(), commits_each, begun: false, counted: (0, 1) };
    let mut at = part.start;
    while let Some(token) = token_after(reader.text, at) {
        at = match token.text {
            ";" => token.end(),
            "\\" => reader.psql_command(token.start)?,
            _ => reader.statement(at, token.start)?,
        };
    }
    Ok(without_idle_commits(reader.steps))
}

/// The marks of tools that keep both directions in one file: up, down, and those that a file without transaction has.
const MARKS: [(&str, &str); 2] = [("-- migrate:up", "-- migrate:down"), ("-- +goose up", "-- +goose down")];

/// Returns the part of `text` that leads up, and whether a mark says that it runs without transaction.
fn part_up(text: &str) -> Result<(Range<usize>, bool), FileError> {
    let begin = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let (mut part, mut offset) = (begin..text.len(), 0);
    let (mut begins, mut ends, mut is_marked) = (None, None, false);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let mark = line.trim_start_matches('\u{feff}').trim_end().to_ascii_lowercase();
        let is = |wanted: &str| mark.strip_prefix(wanted).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
        if ends.is_none() && begins.is_none() && MARKS.iter().any(|(up, _)| is(up)) {
            begins = Some(number);
            part.start = offset + line.len();
            is_marked |= mark.contains("transaction:false");
        } else if ends.is_none() && MARKS.iter().any(|(_, down)| is(down)) {
            ends = Some(number);
            part.end = offset;
        }
        is_marked |= is("-- +goose no transaction") || number == 0 && is("-- no-transaction");
        offset += line.len();
    }
    match (begins, ends) {
        (None, Some(number)) => Err(FileError {
            line: number + 1,
            message: "the part that leads down has no part that leads up before it".to_owned(),
        }),
        _ => Ok((part, is_marked)),
    }
}

struct Reader<'s> {
    text: &'s str,
    steps: Vec<FileStep<'s>>,
    /// Whether each statement commits by itself.
    commits_each: bool,
    /// Whether BEGIN was read, and not its COMMIT.
    begun: bool,
    /// An offset, and its line.
    counted: (usize, usize),
}

impl<'s> Reader<'s> {
    /// Returns the line of an offset that is not before the last one.
    fn line(&mut self, offset: usize) -> usize {
        let (from, line) = self.counted;
        let breaks = self.text[from..offset].bytes().filter(|byte| *byte == b'\n').count();
        self.counted = (offset, line + breaks);
        line + breaks
    }

    /// Reads the command of psql at `from`, and returns the offset after it.
    fn psql_command(&mut self, from: usize) -> Result<usize, FileError> {
        let line = self.line(from);
        let rest = &self.text[from..];
        let command = &rest[..rest.find('\n').unwrap_or(rest.len())];
        psql::without_effect(command).map_err(|message| FileError { line, message })?;
        Ok(from + command.len())
    }

    /// Reads the statement that begins at `from`, and returns the offset after it. Comments begin at `before`.
    fn statement(&mut self, before: usize, from: usize) -> Result<usize, FileError> {
        let Some((range, end)) = statement_after(self.text, from) else { return Ok(self.text.len()) };
        let statement = &self.text[range.clone()];
        let line = self.line(range.start);
        let refused = |message: String| FileError { line, message };
        if let Some(copy) = CopyFromStdin::of(statement) {
            let copy = copy.map_err(|message| refused(message.to_owned()))?;
            return self.copy(&copy, line, end);
        }
        let all = tokens(statement);
        if let Some((token, message)) = foreign(&all) {
            let line = self.line(range.start + token.start);
            return Err(FileError { line, message });
        }
        if controls_transaction(statement) {
            self.transaction_control(statement, &all, line).map_err(refused)?;
            return Ok(end);
        }
        let kind = kind(statement, &all).map_err(refused)?;
        let allowed = allowed(&self.text[before..from]);
        self.push(FileStep { line, text: Cow::Borrowed(statement), kind, allowed });
        Ok(end)
    }

    fn copy(&mut self, copy: &CopyFromStdin<'_>, line: usize, end: usize) -> Result<usize, FileError> {
        let rest = &self.text[end..];
        let first = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let read = copy.inserts(&rest[first..]);
        let (statements, length) =
            read.map_err(|(row, message)| FileError { line: self.line(end + first) + row, message })?;
        for text in statements {
            self.push(FileStep { line, text: Cow::Owned(text), kind: FileStepKind::Statement, allowed: None });
        }
        Ok(end + first + length)
    }

    fn transaction_control(&mut self, statement: &'s str, all: &[Token<'s>], line: usize) -> Result<(), String> {
        let word = |at: usize, keyword: &str| all.get(at).is_some_and(|token| token.is(keyword));
        let optional = usize::from(word(1, "work") || word(1, "transaction"));
        let is_plain = all.len() == 1 + optional;
        let chains = all.len() == 3 + optional && word(1 + optional, "and") && word(2 + optional, "chain");
        match () {
            () if (word(0, "begin") || word(0, "start")) && is_plain => self.begun = true,
            () if word(0, "begin") || word(0, "start") => {
                return Err(format!("`{statement}`: transactions run at READ COMMITTED; write BEGIN, or nothing"));
            }
            () if (word(0, "commit") || word(0, "end")) && (is_plain || chains) => {
                self.begun = chains;
                self.steps.push(FileStep {
                    line,
                    text: Cow::Borrowed(statement),
                    kind: FileStepKind::Commit,
                    allowed: None,
                });
            }
            () => return Err(format!("`{statement}`: a migration can only begin and commit transactions; remove it")),
        }
        Ok(())
    }

    fn push(&mut self, step: FileStep<'s>) {
        let line = step.line;
        self.steps.push(step);
        if self.commits_each && !self.begun {
            let text = Cow::Borrowed("COMMIT");
            self.steps.push(FileStep { line, text, kind: FileStepKind::Commit, allowed: None });
        }
    }
}

/// Returns the first token that only another program understands, and what is wrong with it.
fn foreign<'t, 's>(all: &'t [Token<'s>]) -> Option<(&'t Token<'s>, String)> {
    let mut brackets = 0_i32;
    for (at, token) in all.iter().enumerate() {
        let touches = |wanted: &dyn Fn(&Token<'_>) -> bool| {
            all.get(at + 1).is_some_and(|next| next.start == token.end() && wanted(next))
        };
        let is_word = |next: &Token<'_>| next.kind == TokenKind::Word || next.text.starts_with(['\'', '"']);
        match token.text {
            "[" => brackets += 1,
            "]" => brackets -= 1,
            "\\" => {
                return Some((token, "a command of psql inside a statement: end the statement with `;`".to_owned()));
            }
            "$" if touches(&|next| next.text == "{") => {
                return Some((token, "a placeholder of Flyway: write its value".to_owned()));
            }
            ":" if brackets == 0 && touches(&is_word) => {
                return Some((token, "a variable of psql: write its value".to_owned()));
            }
            _ => {}
        }
    }
    None
}

/// Returns how a statement has to run.
fn kind(statement: &str, all: &[Token<'_>]) -> Result<FileStepKind, String> {
    let word = |at: usize, keyword: &str| all.get(at).is_some_and(|token| token.is(keyword));
    let any = |keyword: &str| all.iter().any(|token| token.is(keyword));
    let by_hand = || Err(format!("`{}` cannot be part of a migration: run it by hand", first_line(statement)));
    let is_shared = (word(0, "create") || word(0, "drop")) && (word(1, "database") || word(1, "tablespace"));
    match () {
        () if is_shared || word(0, "alter") && word(1, "system") => by_hand(),
        () if word(0, "alter") && any("detach") && any("concurrently") => by_hand(),
        () if word(0, "create") && all.iter().take(4).any(|token| token.is("concurrently")) => {
            create_index(statement, all)
        }
        () if word(0, "drop") && word(1, "index") && word(2, "concurrently") => drop_index(all),
        // These lock whole tables for as long as it takes to write them again.
        () if word(0, "vacuum") && any("full") || word(0, "cluster") && all.len() == 1 => by_hand(),
        () if word(0, "reindex") && ["schema", "database", "system"].into_iter().any(any) => by_hand(),
        () if word(0, "vacuum") || word(0, "reindex") && any("concurrently") => Ok(FileStepKind::Alone),
        () => Ok(FileStepKind::Statement),
    }
}

fn first_line(statement: &str) -> &str {
    statement.lines().next().unwrap_or_default().trim_end()
}

/// Reads `CREATE [UNIQUE] INDEX CONCURRENTLY [IF NOT EXISTS] name ON definition`.
fn create_index(statement: &str, all: &[Token<'_>]) -> Result<FileStepKind, String> {
    let word = |at: usize, keyword: &str| all.get(at).is_some_and(|token| token.is(keyword));
    let unique = word(1, "unique");
    let mut at = 3 + usize::from(unique);
    if word(at, "if") {
        at += 3;
    }
    let name = all.get(at).filter(|token| !token.is("on")).and_then(Token::name);
    match (name, all.get(at + 2)) {
        (Some(name), Some(definition)) if word(at + 1, "on") => {
            Ok(FileStepKind::CreateIndex { unique, name, definition: statement[definition.start..].to_owned() })
        }
        _ => Err("an index that is built concurrently needs a name, by which an interrupted build is found".to_owned()),
    }
}

/// Reads `DROP INDEX CONCURRENTLY [IF EXISTS] [schema.]name`.
fn drop_index(all: &[Token<'_>]) -> Result<FileStepKind, String> {
    let if_exists = all.get(3).is_some_and(|token| token.is("if"));
    let from = if if_exists { 5 } else { 3 };
    let names = &all[from.min(all.len())..];
    let name = |at: usize| names.get(at).and_then(Token::name);
    let is_qualified = names.get(1).is_some_and(|token| token.text == ".");
    let (schema, name) = if is_qualified { (name(0), name(2)) } else { (None, name(0)) };
    let name = name.ok_or("DROP INDEX needs the name of the index")?;
    Ok(FileStepKind::DropIndex { schema, name, if_exists })
}

/// Returns the reason of the comment `-- schemata:allow reason`.
fn allowed(comments: &str) -> Option<&str> {
    let reason = |line: &'_ str| line.trim().strip_prefix("-- schemata:allow ").map(str::len);
    let line = comments.lines().rev().find(|line| reason(line).is_some_and(|length| length > 0))?;
    Some(line.trim().trim_start_matches("-- schemata:allow ").trim())
}

/// Leaves out the commits that have nothing to commit, and the last one.
fn without_idle_commits(steps: Vec<FileStep<'_>>) -> Vec<FileStep<'_>> {
    let mut kept: Vec<FileStep<'_>> = Vec::with_capacity(steps.len());
    for step in steps {
        let commits = kept.last().is_some_and(|last| last.kind == FileStepKind::Statement);
        if step.kind != FileStepKind::Commit || commits {
            kept.push(step);
        }
    }
    let is_commit = |step: &FileStep<'_>| step.kind == FileStepKind::Commit;
    while kept.last().is_some_and(is_commit) {
        kept.pop();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> Vec<String> {
        listed(text, true)
    }

    fn listed(text: &str, in_transaction: bool) -> Vec<String> {
        let steps = read(text, in_transaction).expect("a valid file");
        let shown = |step: &FileStep<'_>| match &step.kind {
            FileStepKind::Statement => format!("{}: {}", step.line, step.text),
            other => format!("{}: {other:?}", step.line),
        };
        steps.iter().map(shown).collect()
    }

    fn refused(text: &str) -> (usize, String) {
        let error = read(text, true).expect_err("refused");
        (error.line, error.message)
    }

    #[test]
    fn only_the_part_that_leads_up_is_read() {
        let text = "-- migrate:up\nCREATE TABLE a ();\n\n-- migrate:down\nDROP TABLE a;\n";
        assert_eq!(steps(text), ["2: CREATE TABLE a ()"]);
        assert_eq!(steps("-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;"), ["2: SELECT 1"]);
        assert_eq!(steps("-- of the shop\n-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;"), ["3: SELECT 1"]);
        assert_eq!(refused("-- migrate:down\nSELECT 1").0, 1);
        assert!(steps("-- nothing here\n").is_empty());
    }

    #[test]
    fn without_a_transaction_each_statement_commits() {
        let each = ["1: SELECT 1", "1: Commit", "2: SELECT 2", "3: SELECT 3"].map(str::to_owned);
        let body = "SELECT 1;\nBEGIN; SELECT 2;\nSELECT 3; COMMIT;\n";
        assert_eq!(listed(body, false), each);
        for mark in ["-- no-transaction\n", "-- migrate:up transaction:false\n", "-- +goose NO TRANSACTION\n"] {
            assert_eq!(steps(&format!("{mark}{body}")).len(), 4, "{mark}");
        }
        assert_eq!(steps(&format!("-- a\n-- no-transaction\n{body}")).len(), 3, "only the first line counts");
    }

    #[test]
    fn transactions_of_the_file_are_kept() {
        assert_eq!(steps("BEGIN;\nSELECT 1;\nCOMMIT;"), ["2: SELECT 1"]);
        assert_eq!(steps("SELECT 1; COMMIT; BEGIN; SELECT 2; END;"), ["1: SELECT 1", "1: Commit", "1: SELECT 2"]);
        assert_eq!(refused("SELECT 1;\nROLLBACK;").0, 2);
        assert_eq!(refused("BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT").0, 1);
    }

    #[test]
    fn what_cannot_share_a_transaction_is_known() {
        let text = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY s.t (a) WHERE b;\nVACUUM t;\n\
                    DROP INDEX CONCURRENTLY IF EXISTS s.\"I\";\nREINDEX TABLE CONCURRENTLY t;\nREINDEX TABLE t";
        let found = steps(text);
        assert_eq!(found[0], "1: CreateIndex { unique: true, name: \"i\", definition: \"ONLY s.t (a) WHERE b\" }");
        assert_eq!(found[2], "3: DropIndex { schema: Some(\"s\"), name: \"I\", if_exists: true }");
        assert_eq!([&found[1], &found[3], &found[4]], ["2: Alone", "4: Alone", "5: REINDEX TABLE t"]);
        for text in [
            "CREATE INDEX CONCURRENTLY ON t (a)",
            "CREATE DATABASE a",
            "ALTER SYSTEM SET a = 1",
            "ALTER TABLE a DETACH PARTITION b CONCURRENTLY",
            "VACUUM (FULL) t",
        ] {
            assert_eq!(refused(text).0, 1, "{text}");
        }
    }

    #[test]
    fn dumps_are_understood() {
        let dump = "\\restrict abc\n\nSET x = 1;\nCOPY public.t (a, b) FROM stdin;\n1\tit's; (\n2\t\\N\n\\.\n\nSELECT 2;\n\\unrestrict abc\n";
        let found = steps(dump);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[1].starts_with("4: INSERT INTO public.t (a, b)") && found[1].contains("('1', 'it''s; (')"));
        assert_eq!(found[2], "9: SELECT 2");
        assert_eq!(refused("SELECT 1;\n\n\\connect other\n").0, 3);
        assert_eq!(
            refused("COPY t FROM stdin;\n1\n2\t3\n\\.\n"),
            (3, "the row has 2 fields, and the first one has 1".to_owned())
        );
    }

    #[test]
    fn what_other_programs_replace_is_refused() {
        assert_eq!(refused("SELECT 1;\nSELECT\n :name").0, 3);
        assert_eq!(refused("SELECT ${name}").0, 1);
        assert_eq!(refused("SELECT 1 \\gexec").0, 1);
        for fine in ["SELECT a[1:n], b::int, '${x}', ':x' FROM t", "SELECT $$ \\ :x ${y} $$"] {
            assert_eq!(steps(fine).len(), 1, "{fine}");
        }
    }

    #[test]
    fn a_comment_allows_the_statement_after_it() {
        let found = read("SELECT 1;\n-- schemata:allow the table is small\n-- really\nSELECT 2; SELECT 3", true);
        let allowed: Vec<_> = found.expect("valid").iter().map(|step| step.allowed).collect();
        assert_eq!(allowed, [None, Some("the table is small"), None]);
    }
}
