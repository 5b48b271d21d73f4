//! Columns that a check's SQL names.
//!
//! Only identifiers that can be nothing but a column are judged: a mistake missed here is found by PostgreSQL when the
//! table is made, and a mistake that is none would stand in the user's way.

use crate::attr::constraint::CheckAttr;
use crate::check::lexer::{Token, tokens};
use crate::diag::Diagnostics;
use crate::ir::Model;
use crate::names::hint;

/// Words that stand in conditions and are no columns, beside those that a `(` follows: keywords, and names of types.
const KEYWORDS: &str = " all and any array as asc at between both by case cast char collate current_catalog \
    current_date current_role current_schema current_time current_timestamp current_user day default desc distinct \
    document else end epoch escape exists false first following for from hour ilike in interval is isnull json last \
    leading like localtime localtimestamp minute month nfc nfd nfkc nfkd normalized not notnull null nulls of on only \
    operator or order over overlaps overlay partition placing position preceding precision range row rows second \
    session_user similar some substring symmetric asymmetric table then time to trailing treat true unique unknown \
    user using value varying when where window with within without year zone object scalar keys key text \
    bigint bit bool boolean box bytea character cidr circle citext date decimal double float float4 float8 hstore inet \
    int int2 int4 int8 integer jsonb line lseg macaddr money name numeric path point polygon real regclass smallint \
    timestamp timestamptz timetz tsquery tsvector uuid varchar variadic xml ";

/// Checks every `check` of a model without groups. With groups, the compiler does: see [`unknown_in_checks`].
pub(crate) fn check(model: &Model, diag: &mut Diagnostics) {
    if !model.groups.is_empty() {
        return;
    }
    let columns: Vec<String> = model.columns.iter().map(|column| column.name.text.clone()).collect();
    for (check, name) in unknown_in_checks(model) {
        let message = format!("the check names `{name}`, and no column is called so; ");
        diag.error(check.sql.span(), message + &hint(&name, &columns));
    }
}

/// What the checks name that is no column of the struct's own.
pub(crate) fn unknown_in_checks(model: &Model) -> Vec<(&CheckAttr, String)> {
    let mut out = Vec::new();
    for check in &model.checks {
        let mut names = identifiers(&check.sql.value());
        names.retain(|name| model.columns.iter().all(|column| column.name.text != *name));
        names.sort();
        names.dedup();
        out.extend(names.into_iter().map(|name| (check, name)));
    }
    out
}

/// The identifiers of `sql` that can only be columns.
fn identifiers(sql: &str) -> Vec<String> {
    let tokens = tokens(sql);
    let mut out = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let (before, after) = (at.checked_sub(1).map(|at| &tokens[at]), tokens.get(at + 1));
        let called = matches!(after, Some(Token::Other("(" | "." | "=>")));
        let qualified = matches!(before, Some(Token::Other("::" | ".")));
        let introduced = matches!(before, Some(Token::Word(word)) if word == "collate" || word == "as");
        if called || qualified || introduced {
            continue;
        }
        match token {
            Token::Quoted(name) => out.push(name.clone()),
            Token::Word(word) if !is_no_column(word, at, &tokens) => out.push(word.clone()),
            _ => {}
        }
    }
    out
}

fn is_no_column(word: &str, at: usize, tokens: &[Token]) -> bool {
    let before_text = matches!(tokens.get(at + 1), Some(Token::Text));
    let extracted = at >= 2
        && tokens[at - 1] == Token::Other("(")
        && matches!(&tokens[at - 2], Token::Word(function) if function == "extract");
    // The second and later words of a type: `x::double precision`, `x::timestamp with time zone`.
    before_text || extracted || KEYWORDS.split(' ').any(|keyword| keyword == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_columns_and_nothing_else() {
        let cases: [(&str, &[&str]); 9] = [
            ("order_total >= 0", &["order_total"]),
            ("status IN ('a', 'b') AND NOT archived", &["status", "archived"]),
            ("length(trim(both ' ' from Name2)) > 0", &["name2"]),
            ("extract(dow from placed) < 6", &["placed"]),
            ("total::numeric(12,2) > 1e3 AND x::double precision > 0", &["total", "x"]),
            ("placed AT TIME ZONE 'UTC' > timestamp '2020-01-01'", &["placed"]),
            ("name COLLATE pg_c = \"Label\" OR pg_catalog.lower(a) = $$b$$", &["Label", "a"]),
            ("make_interval(days => n) > interval '1 day'", &["n"]),
            ("CASE WHEN kind = 1 THEN a IS NOT NULL ELSE b ~ '^x' END", &["kind", "a", "b"]),
        ];
        for (sql, expected) in cases {
            assert_eq!(identifiers(sql), expected, "{sql}");
        }
    }
}
