//! Recognises the effects of raw SQL on its transaction and its session, and resets sessions.

use crate::sql::lex::{Token, tokens};
use crate::sql::script::controls_transaction;

/// The effect that a statement can have besides what it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionEffect {
    /// None: the library wrote the statement.
    None,
    /// Raw SQL whose words show no effect. That proves nothing: any function, operator or trigger can change the session.
    Unknown,
    /// Its words show that it changes the session: a setting, a lock, a temporary table, a subscription.
    Session,
    /// It begins or ends a transaction.
    Transaction,
    /// It switches the connection to the COPY protocol, where the driver cannot follow it.
    Copy,
}

/// Functions whose effect outlives the transaction.
const FUNCTIONS: [&str; 6] = [
    "set_config",
    "pg_advisory_lock",
    "pg_try_advisory_lock",
    "pg_advisory_lock_shared",
    "pg_try_advisory_lock_shared",
    "setseed",
];

/// Resets a session to what it was when it was opened, except for prepared statements, and reads one row: whether the
/// session was outside a transaction (`outside_transaction`), how many prepared statements came from SQL (`from_sql`), and how
/// many from the protocol (`from_protocol`).
///
/// It is `DISCARD ALL` without `DEALLOCATE ALL`, and with what `DISCARD ALL` does not reset: the role, if `ALTER ROLE … SET
/// role` gave one, and the seed of `random()`. Only in the first command of a transaction is `now()` equal to
/// `statement_timestamp()` (PostgreSQL manual, section 9.9.5); to the server, all of this is one command.
pub(crate) const RESET: &str = r"
CLOSE ALL;
SET SESSION AUTHORIZATION DEFAULT;
RESET ROLE;
RESET ALL;
UNLISTEN *;
DISCARD TEMP;
DISCARD SEQUENCES;
SELECT pg_catalog.now() OPERATOR(pg_catalog.=) pg_catalog.statement_timestamp() AS outside_transaction,
       pg_catalog.count(*) FILTER (WHERE from_sql) AS from_sql,
       pg_catalog.count(*) FILTER (WHERE NOT from_sql) AS from_protocol,
       pg_catalog.pg_advisory_unlock_all(),
       pg_catalog.setseed(pg_catalog.uuid_hash(pg_catalog.gen_random_uuid())
                          OPERATOR(pg_catalog./) 2147483648.0::pg_catalog.float8)
FROM pg_catalog.pg_prepared_statements";

/// Resets the server's session behind a pooler. It is sent together with the end of the transaction, so it reaches the same
/// session. The driver has no statements to keep there.
pub(crate) const RESET_POOLED: &str = r"
CLOSE ALL;
SET SESSION AUTHORIZATION DEFAULT;
RESET ROLE;
RESET ALL;
UNLISTEN *;
DISCARD TEMP;
DISCARD SEQUENCES;
DEALLOCATE ALL;
SELECT pg_catalog.pg_advisory_unlock_all()";

/// Returns the effect that `sql` can leave behind. PostgreSQL reads it by the extended protocol, so it is one statement, and
/// its first words cannot be hidden; what it changes in the session can be.
pub(crate) fn effect(sql: &str) -> SessionEffect {
    let all = statement(sql);
    if all.first().is_some_and(|token| controls_transaction(&sql[token.start..])) {
        SessionEffect::Transaction
    } else if copies_through_the_connection(&all) {
        SessionEffect::Copy
    } else if changes_the_session(&all) {
        SessionEffect::Session
    } else {
        SessionEffect::Unknown
    }
}

/// Returns whether a statement may commit before it fails: a procedure or a block, whose body can, or a command that takes several
/// transactions.
pub(crate) fn may_commit(sql: &str) -> bool {
    let all = statement(sql);
    let commands = ["call", "do", "vacuum", "cluster", "reindex"];
    all.first().is_some_and(|token| commands.iter().any(|command| token.is(command)))
        || all.iter().any(|token| token.is("concurrently"))
}

/// Returns the tokens of a statement, from its first word on: PostgreSQL ignores empty statements.
fn statement(sql: &str) -> Vec<Token<'_>> {
    let mut all = tokens(sql);
    let first = all.iter().position(|token| token.text != ";").unwrap_or(all.len());
    all.drain(..first);
    all
}

/// Recognises `COPY … FROM STDIN` and `COPY … TO STDOUT`. PostgreSQL accepts either word in either place.
fn copies_through_the_connection(all: &[Token<'_>]) -> bool {
    let mut depth = 0_i32;
    all.first().is_some_and(|token| token.is("copy"))
        && all.windows(2).any(|pair| {
            depth += i32::from(pair[0].text == "(") - i32::from(pair[0].text == ")");
            let is_way = pair[0].is("from") || pair[0].is("to");
            depth == 0 && is_way && (pair[1].is("stdin") || pair[1].is("stdout"))
        })
}

/// Recognises statements whose words say that they change the session. A function, a DO block or a quoted name can hide a
/// change.
fn changes_the_session(all: &[Token<'_>]) -> bool {
    let word = |at: usize, keywords: &[&str]| {
        all.get(at).is_some_and(|token: &Token<'_>| keywords.iter().any(|keyword| token.is(keyword)))
    };
    let is_setting = word(0, &["set"]) && !word(1, &["local", "transaction", "constraints"]);
    let is_session = word(0, &["reset", "listen", "unlisten", "prepare", "deallocate", "discard", "load", "declare"]);
    // CREATE LOCAL TEMP …, CREATE OR REPLACE TEMP …; SELECT … INTO TEMP …, with INTO anywhere.
    let temporary = ["temp", "temporary"];
    let is_temporary = word(0, &["create"]) && (1..4).any(|at| word(at, &temporary))
        || (1..all.len()).any(|at| {
            let selects = word(at, &["into"]) && !word(at - 1, &["insert", "merge"]);
            selects && (word(at + 1, &temporary) || word(at + 2, &temporary))
        })
        || all.iter().any(|token| token.is("pg_temp"));
    let calls = |token: &Token<'_>| FUNCTIONS.iter().any(|function| token.is(function));
    is_setting || is_session || is_temporary || all.iter().any(calls)
}

/// Returns a query for one NULL of each of these types, given as quoted names.
pub(crate) fn nulls(types: &[String]) -> String {
    let nulls: Vec<String> = types.iter().map(|name| format!("NULL::{name}")).collect();
    format!("SELECT {}", nulls.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_which_statement_can_commit() {
        for sql in ["CALL p()", "; /* x */ ;do $$ BEGIN END $$", "VACUUM t", "create index concurrently i on t (a)"] {
            assert!(may_commit(sql), "{sql}");
        }
        for sql in ["SELECT 1", "INSERT INTO t VALUES ('call')", "CREATE INDEX i ON t (\"concurrently\")", ";", ""] {
            assert!(!may_commit(sql), "{sql}");
        }
    }

    #[test]
    fn sees_what_a_statement_leaves_behind() {
        let cases = [
            ("SELECT 1", SessionEffect::Unknown),
            ("SET LOCAL lock_timeout = 1", SessionEffect::Unknown),
            ("UPDATE t SET a = 1", SessionEffect::Unknown),
            ("SELECT 'set_config(x)'", SessionEffect::Unknown),
            ("/* x */ commit", SessionEffect::Transaction),
            ("; /* x */ ; -- y\n commit", SessionEffect::Transaction),
            ("set search_path = x", SessionEffect::Session),
            (";set search_path = x", SessionEffect::Session),
            ("SELECT set_config('a.b', $1, false)", SessionEffect::Session),
            ("SELECT pg_try_advisory_lock(1)", SessionEffect::Session),
            ("SELECT pg_advisory_xact_lock(1)", SessionEffect::Unknown),
            ("CREATE TEMP TABLE t (a int)", SessionEffect::Session),
            ("CREATE LOCAL TEMPORARY TABLE t (a int)", SessionEffect::Session),
            ("CREATE OR REPLACE TEMP VIEW t AS SELECT 1", SessionEffect::Session),
            ("SELECT 1 AS a INTO TEMP t", SessionEffect::Session),
            ("WITH x AS (SELECT 1) SELECT * INTO LOCAL TEMP t FROM x", SessionEffect::Session),
            ("CREATE TABLE pg_temp.t (a int)", SessionEffect::Session),
            ("INSERT INTO temporary (a) VALUES (1)", SessionEffect::Unknown),
            ("INSERT INTO t (temp) VALUES (1)", SessionEffect::Unknown),
            ("LISTEN news", SessionEffect::Session),
            ("COPY t FROM STDIN", SessionEffect::Copy),
            ("/* in */ ;copy /* all */ t (a, b) from stdin with (format csv)", SessionEffect::Copy),
            ("COPY (SELECT a FROM t) TO STDOUT", SessionEffect::Copy),
            ("COPY t FROM stdout", SessionEffect::Copy),
            ("COPY stdin FROM '/tmp/x'", SessionEffect::Unknown),
            ("COPY (SELECT a FROM stdin) TO PROGRAM 'cat'", SessionEffect::Unknown),
            ("COPY t FROM \"stdin\"", SessionEffect::Unknown),
        ];
        for (sql, expected) in cases {
            assert_eq!(effect(sql), expected, "{sql}");
        }
    }
}
