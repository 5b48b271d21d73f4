//! Whether a query's text can change its session. A plain statement that calls only functions known here cannot, so it runs like
//! the library's own; after any other, the session is reset.

use crate::sql::lex::{Token, TokenKind, tokens};
use crate::sql::session::{self, SessionEffect};

/// The effects that a text can have besides returning rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextEffect {
    pub(crate) session: SessionEffect,
    /// Whether it is a SELECT that writes and locks nothing, and so can be repeated.
    pub(crate) only_reads: bool,
}

/// The first words of statements that only read and write rows.
const PLAIN: &[&str] = &["select", "with", "insert", "update", "delete", "values", "table", "merge"];

/// Words before a parenthesis that call nothing.
const KEYWORDS: &[&str] = &[
    "all",
    "and",
    "any",
    "array",
    "as",
    "between",
    "by",
    "case",
    "cast",
    "conflict",
    "cross",
    "distinct",
    "else",
    "except",
    "exists",
    "filter",
    "from",
    "grouping",
    "having",
    "ilike",
    "in",
    "intersect",
    "is",
    "join",
    "lateral",
    "like",
    "limit",
    "materialized",
    "not",
    "offset",
    "on",
    "only",
    "or",
    "over",
    "partition",
    "recursive",
    "returning",
    "rollup",
    "row",
    "select",
    "set",
    "sets",
    "similar",
    "some",
    "then",
    "to",
    "union",
    "using",
    "values",
    "when",
    "where",
    "with",
    "within",
    // Types with a modifier.
    "bit",
    "char",
    "character",
    "decimal",
    "float",
    "interval",
    "numeric",
    "time",
    "timestamp",
    "timestamptz",
    "varchar",
    "varying",
];

/// Functions of PostgreSQL that leave the session as it is.
const FUNCTIONS: &[&str] = &[
    "abs",
    "age",
    "array_agg",
    "array_append",
    "array_cat",
    "array_length",
    "array_position",
    "array_remove",
    "array_replace",
    "array_to_json",
    "array_to_string",
    "avg",
    "bit_and",
    "bit_or",
    "bool_and",
    "bool_or",
    "btrim",
    "cardinality",
    "ceil",
    "ceiling",
    "char_length",
    "chr",
    "clock_timestamp",
    "coalesce",
    "concat",
    "concat_ws",
    "corr",
    "count",
    "cume_dist",
    "date_bin",
    "date_part",
    "date_trunc",
    "decode",
    "dense_rank",
    "div",
    "encode",
    "every",
    "exp",
    "extract",
    "first_value",
    "floor",
    "format",
    "gen_random_uuid",
    "generate_series",
    "greatest",
    "initcap",
    "json_agg",
    "json_build_array",
    "json_build_object",
    "json_object_agg",
    "jsonb_agg",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_array_length",
    "jsonb_build_array",
    "jsonb_build_object",
    "jsonb_each",
    "jsonb_each_text",
    "jsonb_extract_path",
    "jsonb_extract_path_text",
    "jsonb_object_agg",
    "jsonb_object_keys",
    "jsonb_set",
    "jsonb_strip_nulls",
    "jsonb_typeof",
    "justify_interval",
    "lag",
    "last_value",
    "lead",
    "least",
    "left",
    "length",
    "ln",
    "log",
    "lower",
    "lpad",
    "ltrim",
    "make_date",
    "make_interval",
    "make_timestamptz",
    "max",
    "md5",
    "min",
    "mod",
    "mode",
    "now",
    "nth_value",
    "ntile",
    "nullif",
    "octet_length",
    "overlay",
    "percent_rank",
    "percentile_cont",
    "percentile_disc",
    "phraseto_tsquery",
    "plainto_tsquery",
    "position",
    "power",
    "random",
    "rank",
    "regexp_match",
    "regexp_matches",
    "regexp_replace",
    "regexp_split_to_array",
    "regexp_split_to_table",
    "repeat",
    "replace",
    "reverse",
    "right",
    "round",
    "row_number",
    "row_to_json",
    "rpad",
    "rtrim",
    "sign",
    "split_part",
    "sqrt",
    "starts_with",
    "statement_timestamp",
    "stddev",
    "string_agg",
    "string_to_array",
    "strpos",
    "substr",
    "substring",
    "sum",
    "to_char",
    "to_date",
    "to_json",
    "to_jsonb",
    "to_number",
    "to_timestamp",
    "to_tsquery",
    "to_tsvector",
    "transaction_timestamp",
    "translate",
    "trim",
    "trunc",
    "ts_headline",
    "ts_rank",
    "ts_rank_cd",
    "unnest",
    "upper",
    "variance",
    "websearch_to_tsquery",
    "width_bucket",
];

/// Returns what `sql` can do.
pub(crate) fn of(sql: &str) -> TextEffect {
    let (tokens, session) = (tokens(sql), session::effect(sql));
    let is_plain = session == SessionEffect::Unknown
        && tokens.first().is_some_and(|first| PLAIN.iter().any(|word| first.is(word)))
        && (0..tokens.len()).all(|at| !calls_unknown(&tokens, at));
    let writes = ["insert", "update", "delete", "merge", "into", "for"];
    let only_reads = is_plain
        && tokens.first().is_some_and(|first| first.is("select") || first.is("with"))
        && !tokens.iter().any(|token| writes.iter().any(|word| token.is(word)));
    TextEffect { session: if is_plain { SessionEffect::None } else { session }, only_reads }
}

/// Returns whether the token at `at` may be the name of an unknown function that is called.
fn calls_unknown(tokens: &[Token<'_>], at: usize) -> bool {
    if tokens.get(at + 1).is_none_or(|next| next.text != "(") {
        return false;
    }
    let is = |words: &[&str]| words.iter().any(|word| tokens[at].is(word));
    match tokens[at].kind {
        TokenKind::Symbol | TokenKind::Dollar => false,
        // A string, a number or a parameter calls nothing.
        TokenKind::Exact if !tokens[at].text.starts_with('"') => false,
        TokenKind::Word if tokens[at].is("in") || is(KEYWORDS) => false,
        _ => {
            let begin = first_part(tokens, at);
            let before = begin.checked_sub(1).map(|before| tokens[before]);
            // The columns of an insert, of a common table expression or of an alias.
            let names_columns =
                before.is_some_and(|token| ["into", "as", "with", "recursive"].iter().any(|word| token.is(word)));
            let is_known = begin == at && is(FUNCTIONS);
            !(names_columns || is_known)
        }
    }
}

/// Returns the position of the first part of the qualified name that ends at `at`.
fn first_part(tokens: &[Token<'_>], at: usize) -> usize {
    let mut first = at;
    while first >= 2 && tokens[first - 1].text == "." && tokens[first - 2].name().is_some() {
        first -= 2;
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_of_known_parts_leaves_the_session_alone() {
        for plain in [
            r#"SELECT date_trunc('month', a), sum(b) FILTER (WHERE c) FROM "s"."t" WHERE d IN (1, 2) GROUP BY 1"#,
            r#"INSERT INTO "s"."t" ("a") VALUES ($1::varchar(20)) ON CONFLICT ("a") DO UPDATE SET "a" = lower(excluded.a)"#,
            "WITH x (a) AS (SELECT 1) DELETE FROM t USING x WHERE t.a = x.a",
        ] {
            assert_eq!(of(plain).session, SessionEffect::None, "{plain}");
        }
    }

    #[test]
    fn a_function_of_the_users_may_do_anything() {
        for unknown in
            ["SELECT audit(1)", "SELECT s.lower('A')", r#"SELECT "lower"('A')"#, "SET LOCAL a.b = 1", "CALL p()"]
        {
            assert_eq!(of(unknown).session, SessionEffect::Unknown, "{unknown}");
        }
        assert_eq!(of("SELECT set_config('a.b', 'c', false)").session, SessionEffect::Session);
    }

    #[test]
    fn only_a_select_that_locks_nothing_only_reads() {
        assert!(of("SELECT a FROM t").only_reads);
        for other in
            ["SELECT a FROM t FOR UPDATE", "WITH x AS (DELETE FROM t RETURNING a) SELECT a FROM x", "SELECT f(a)"]
        {
            assert!(!of(other).only_reads, "{other}");
        }
    }
}
