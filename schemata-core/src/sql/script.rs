//! Splits SQL scripts into statements, classifies statements, and writes the canonical form in which they are compared.

use std::ops::Range;

use crate::sql::lex::{Token, TokenKind, token_after, tokens};

/// Returns the statements of `sql` without their semicolons. Empty statements are left out.
///
/// A semicolon inside quotes, comments, parentheses or a `BEGIN ATOMIC` body does not end a statement.
pub(crate) fn statements(sql: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some((statement, end)) = statement_after(sql, from) {
        found.push(&sql[statement]);
        from = end;
    }
    found
}

/// Returns the first statement of `sql` that begins at `from` or later, as its range without the semicolon, and the offset
/// after the semicolon. Empty statements are passed over.
pub(crate) fn statement_after(sql: &str, from: usize) -> Option<(Range<usize>, usize)> {
    let mut statement: Vec<Token<'_>> = Vec::new();
    let (mut parentheses, mut bodies) = (0_i32, 0_i32);
    let mut at = from;
    while let Some(token) = token_after(sql, at) {
        at = token.end();
        if token.text == ";" && parentheses <= 0 && bodies == 0 {
            match range(&statement) {
                Some(range) => return Some((range, at)),
                None => continue,
            }
        }
        statement.push(token);
        match token.text {
            "(" => parentheses += 1,
            ")" => parentheses -= 1,
            _ => bodies = (bodies + body(&statement, bodies)).max(0),
        }
    }
    range(&statement).map(|range| (range, at))
}

fn range(statement: &[Token<'_>]) -> Option<Range<usize>> {
    Some(statement.first()?.start..statement.last()?.end())
}

/// Returns the change of depth at the last token of `statement`: bodies of SQL-standard functions hold semicolons.
fn body(statement: &[Token<'_>], depth: i32) -> i32 {
    let Some((last, before)) = statement.split_last() else { return 0 };
    // After a dot or AS, any word is a name: `t.end`, `AS begin`.
    if before.last().is_some_and(|token| token.text == "." || token.is("as")) {
        return 0;
    }
    let routine = || {
        statement[0].is("create") && statement.iter().take(4).any(|token| token.is("function") || token.is("procedure"))
    };
    let opens = if depth > 0 {
        last.is("case") || last.is("begin")
    } else {
        last.is("atomic") && before.last().is_some_and(|token| token.is("begin")) && routine()
    };
    if opens {
        1
    } else if depth > 0 && last.is("end") {
        -1
    } else {
        0
    }
}

/// Returns `statement` without what does not change its meaning: comments, white space, the letter case of keywords and
/// unquoted names, carriage returns in function bodies.
///
/// A space separates tokens: `a<-1` and `a < -1` are the same, `a<->b` and `a < ->b` are not.
pub(crate) fn canonical(statement: &str) -> String {
    let mut out = String::with_capacity(statement.len());
    for token in tokens(statement) {
        if !out.is_empty() {
            out.push(' ');
        }
        match token.kind {
            // PostgreSQL folds ASCII letters only: `Äb` and `äb` are two names.
            TokenKind::Word => out.push_str(&token.text.to_ascii_lowercase()),
            TokenKind::Exact | TokenKind::Symbol => out.push_str(token.text),
            TokenKind::Dollar => push_lines(&mut out, token.text),
        }
    }
    out
}

/// Appends `text` with a line feed as each line end, without the carriage returns before it.
fn push_lines(out: &mut String, text: &str) {
    for line in text.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(line) => {
                out.push_str(line.trim_end_matches('\r'));
                out.push('\n');
            }
            None => out.push_str(line),
        }
    }
}

/// Returns whether a statement begins or ends a transaction. Migrations may not: they run in one.
pub(crate) fn controls_transaction(statement: &str) -> bool {
    let all = tokens(statement);
    let word = |at: usize, keyword: &str| all.get(at).is_some_and(|token| token.is(keyword));
    match () {
        () if word(0, "rollback") => {
            // ROLLBACK [WORK | TRANSACTION] TO [SAVEPOINT] name does not end the transaction.
            !(word(1, "to") || (word(1, "work") || word(1, "transaction")) && word(2, "to"))
        }
        () if word(0, "prepare") => word(1, "transaction"),
        () => ["begin", "start", "commit", "end", "abort"].iter().any(|keyword| word(0, keyword)),
    }
}

/// Returns whether a statement affects more than its database: roles and their memberships, databases, tablespaces, settings
/// of the server, and subscriptions, which connect to another server.
pub(crate) fn reaches_beyond_database(statement: &str) -> bool {
    let all = tokens(statement);
    let word = |at: usize, keywords: &[&str]| {
        all.get(at).is_some_and(|token| keywords.iter().any(|keyword| token.is(keyword)))
    };
    let on = all.iter().position(|token| token.is("on"));
    match () {
        () if word(0, &["create", "alter", "drop"]) => {
            let shared = ["role", "user", "group", "database", "tablespace", "system", "subscription"];
            word(1, &shared) && !(word(1, &["user"]) && word(2, &["mapping"]))
                || word(0, &["drop"]) && word(1, &["owned"])
        }
        () if word(0, &["reassign"]) => true,
        () if word(0, &["grant", "revoke"]) => on.is_none_or(|on| {
            // ON DATABASE TO names a table that is called "database".
            let is_name =
                word(on + 2, &["to", "from"]) || all.get(on + 2).is_none_or(|token| [",", "."].contains(&token.text));
            word(on + 1, &["database", "tablespace", "parameter"]) && !is_name
        }),
        () if word(0, &["comment"]) || word(0, &["security"]) && word(1, &["label"]) => {
            on.is_some_and(|on| word(on + 1, &["role", "database", "tablespace", "subscription"]))
        }
        () => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_where_postgresql_does() {
        let sql = "a; 'x;y' ; $$ ; $$; -- ;\n ; (b; c) d";
        assert_eq!(statements(sql), ["a", "'x;y'", "$$ ; $$", "(b; c) d"]);
    }

    #[test]
    fn an_atomic_body_is_one_statement() {
        let sql =
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3";
        let found = statements(sql);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[1], "SELECT 3");
        let named =
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT t.end, 1 AS begin FROM t; SELECT 3; END; SELECT 4";
        assert_eq!(statements(named).len(), 2);
    }

    #[test]
    fn canonical_form_ignores_dress_and_keeps_meaning() {
        assert_eq!(canonical("SELECT  A /* x */ FROM\r\n\"T\" -- y"), canonical("select a from \"T\""));
        assert_ne!(canonical("SELECT 'A'"), canonical("SELECT 'a'"));
        assert_ne!(canonical("SELECT a<->b"), canonical("SELECT a < ->b"));
        assert_ne!(canonical("SELECT Äb"), canonical("SELECT äb"));
        for (one, other) in [
            ("VALUES (1),(2)", "VALUES (1), (2)"),
            ("CREATE TABLE z (a numeric(4,2))", "CREATE TABLE z (a numeric(4,2)\n)"),
            ("DEFAULT (1), b int", "DEFAULT (1) -- why\n, b int"),
            ("SELECT f(), a=-1", "SELECT f( ), a = -1"),
        ] {
            assert_eq!(canonical(one), canonical(other));
        }
        assert_ne!(canonical("SELECT \"A\""), canonical("SELECT \"a\""));
        assert_eq!(canonical("f(a,b)"), canonical("f ( a , b )"));
    }

    #[test]
    fn sees_transaction_control_and_lets_savepoints_pass() {
        for sql in ["COMMIT", "begin", "/* x */ ROLLBACK", "end", "START TRANSACTION", "PREPARE TRANSACTION 'x'"] {
            assert!(controls_transaction(sql), "{sql}");
        }
        for sql in [
            "ROLLBACK TO s",
            "ROLLBACK WORK TO SAVEPOINT s",
            "SAVEPOINT s",
            "PREPARE p AS SELECT 1",
            "DO $$ begin end $$",
        ] {
            assert!(!controls_transaction(sql), "{sql}");
        }
    }

    #[test]
    fn sees_what_reaches_beyond_the_database() {
        for sql in [
            "CREATE ROLE a",
            "alter database x set y = 1",
            "ALTER SYSTEM SET a = 1",
            "DROP OWNED BY a",
            "GRANT admin TO bob",
            "GRANT a, \"on\" TO bob WITH ADMIN OPTION",
            "REVOKE ADMIN OPTION FOR a FROM b",
            "REVOKE CONNECT ON DATABASE shop FROM PUBLIC",
            "GRANT ALL ON DATABASE \"to\", b TO c",
            "GRANT CREATE ON TABLESPACE fast TO a",
            "grant set on parameter work_mem to a",
            "COMMENT ON ROLE a IS 'x'",
            "COMMENT ON DATABASE a IS NULL",
            "comment on tablespace a is 'x'",
            "SECURITY LABEL ON ROLE a IS 'x'",
            "SECURITY LABEL FOR selinux ON DATABASE a IS 'x'",
            "CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p",
            "ALTER SUBSCRIPTION s DISABLE",
            "COMMENT ON SUBSCRIPTION s IS 'x'",
        ] {
            assert!(reaches_beyond_database(sql), "{sql}");
        }
        for sql in [
            "CREATE TABLE role (a int)",
            "CREATE USER MAPPING FOR a SERVER b",
            "DROP TABLE a",
            "GRANT SELECT ON orders TO a",
            "GRANT SELECT ON database TO a",
            "GRANT SELECT ON parameter, b TO a",
            "GRANT SELECT ON tablespace.b TO a",
            "GRANT USAGE ON SCHEMA role TO a",
            "REVOKE GRANT OPTION FOR SELECT ON ALL TABLES IN SCHEMA database FROM a",
            "COMMENT ON TABLE role IS 'x'",
            "SECURITY LABEL ON TABLE a IS 'x'",
            "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO a",
        ] {
            assert!(!reaches_beyond_database(sql), "{sql}");
        }
    }
}
