//! What a statement does beyond its rows: to the transaction it is in, and to the session it runs in.

use crate::sql::lex::{Token, tokens};
use crate::sql::script::controls_transaction;

/// What is left when a statement has run, besides what it wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing.
    None,
    /// The transaction is begun or ended.
    Transaction,
    /// The session is not what it was: a setting, a lock, a temporary table, a subscription.
    Session,
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

/// What `sql` leaves behind, as far as its words tell. A function of the user's can hide more.
pub(crate) fn effect(sql: &str) -> Effect {
    if controls_transaction(sql) {
        return Effect::Transaction;
    }
    let all = tokens(sql);
    let word = |at: usize, keywords: &[&str]| {
        all.get(at).is_some_and(|token: &Token<'_>| keywords.iter().any(|keyword| token.is(keyword)))
    };
    let is_setting = word(0, &["set"]) && !word(1, &["local", "transaction", "constraints"]);
    let is_session = word(0, &["reset", "listen", "unlisten", "prepare", "deallocate", "discard", "load", "declare"]);
    // CREATE LOCAL TEMP …, CREATE OR REPLACE TEMP …; SELECT … INTO TEMP …, wherever its INTO stands.
    let temporary = ["temp", "temporary"];
    let is_temporary = word(0, &["create"]) && (1..4).any(|at| word(at, &temporary))
        || (1..all.len()).any(|at| {
            let selects = word(at, &["into"]) && !word(at - 1, &["insert", "merge"]);
            selects && (word(at + 1, &temporary) || word(at + 2, &temporary))
        })
        || all.iter().any(|token| token.is("pg_temp"));
    let calls = |token: &Token<'_>| FUNCTIONS.iter().any(|function| token.is(function));
    if is_setting || is_session || is_temporary || all.iter().any(calls) { Effect::Session } else { Effect::None }
}

/// A query that yields one NULL of each of these types, given as quoted names.
pub(crate) fn nulls(types: &[String]) -> String {
    let nulls: Vec<String> = types.iter().map(|name| format!("NULL::{name}")).collect();
    format!("SELECT {}", nulls.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_what_a_statement_leaves_behind() {
        let cases = [
            ("SELECT 1", Effect::None),
            ("SET LOCAL lock_timeout = 1", Effect::None),
            ("UPDATE t SET a = 1", Effect::None),
            ("SELECT 'set_config(x)'", Effect::None),
            ("/* x */ commit", Effect::Transaction),
            ("set search_path = x", Effect::Session),
            ("SELECT set_config('a.b', $1, false)", Effect::Session),
            ("SELECT pg_try_advisory_lock(1)", Effect::Session),
            ("SELECT pg_advisory_xact_lock(1)", Effect::None),
            ("CREATE TEMP TABLE t (a int)", Effect::Session),
            ("CREATE LOCAL TEMPORARY TABLE t (a int)", Effect::Session),
            ("CREATE OR REPLACE TEMP VIEW t AS SELECT 1", Effect::Session),
            ("SELECT 1 AS a INTO TEMP t", Effect::Session),
            ("WITH x AS (SELECT 1) SELECT * INTO LOCAL TEMP t FROM x", Effect::Session),
            ("CREATE TABLE pg_temp.t (a int)", Effect::Session),
            ("INSERT INTO temporary (a) VALUES (1)", Effect::None),
            ("INSERT INTO t (temp) VALUES (1)", Effect::None),
            ("LISTEN news", Effect::Session),
        ];
        for (sql, expected) in cases {
            assert_eq!(effect(sql), expected, "{sql}");
        }
    }
}
