//! Checks the SQL in attributes: each piece must be one expression, and a CHECK must name columns of its table.
//!
//! Only identifiers that can be nothing but a column are judged. A misspelt column that is missed here is refused by
//! PostgreSQL when it makes the table; an identifier taken for a column by mistake would stand in the user's way.

use syn::LitStr;

use crate::attr::constraint::CheckAttr;
use crate::attr::index::Indexed;
use crate::diag::Diagnostics;
use crate::ir::{Model, Source};
use crate::names::hint;
use crate::sql::fragment::Fragment;
use crate::sql::lex::{Token, TokenKind, tokens};

/// Keywords and names of types that conditions contain. Functions are known by the `(` that follows.
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

/// Checks all SQL of a model. The compiler checks the columns of a model with groups: see [`unknown_in_checks`].
pub(crate) fn check(model: &Model, diag: &mut Diagnostics) {
    for (fragment, sql, text) in fragments(model) {
        if let Some(fault) = fragment.fault(&text) {
            diag.error(sql.span(), format!("this is not one {}: {fault}", fragment.noun()));
        }
    }
    if !model.groups.is_empty() {
        return;
    }
    let columns: Vec<String> = model.columns.iter().map(|column| column.name.text.clone()).collect();
    let is_one = |check: &CheckAttr| Fragment::Expression.fault(&check.sql.value()).is_none();
    for (check, name) in unknown_in_checks(model).into_iter().filter(|(check, _)| is_one(check)) {
        let message = format!("the check names `{name}`, but no column has that name; ");
        diag.error(check.sql.span(), message + &hint(&name, &columns));
    }
}

/// Returns the pieces of SQL that become part of statements as they are.
fn fragments(model: &Model) -> Vec<(Fragment, &LitStr, String)> {
    let values = model.columns.iter().filter_map(|column| match &column.value {
        Source::Sql(sql) | Source::Generated(sql) | Source::Virtual(sql) => Some(sql),
        _ => None,
    });
    let checks = model.checks.iter().map(|check| &check.sql);
    let with_parts = || model.indexes.iter().chain(&model.excludes);
    let parts = || with_parts().flat_map(|index| &index.parts);
    let indexed = parts().filter_map(|part| match &part.of {
        Indexed::Expression(sql) => Some(sql),
        Indexed::Column(_) => None,
    });
    let predicates = with_parts().filter_map(|index| index.predicate.get());
    let whole = values.chain(checks).chain(indexed).chain(predicates);
    // The name of an operator class is quoted; its parameters are not.
    let parameters = parts().filter_map(|part| {
        let class = part.opclass.get()?;
        let (_, parameters) = class.value().split_once('(').map(|(name, rest)| (name.len(), format!("({rest}")))?;
        Some((Fragment::Expression, class, parameters))
    });
    whole.map(|sql| (Fragment::Expression, sql, sql.value())).chain(parameters).collect()
}

/// Returns the names in checks that are no columns of the struct's own.
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

/// Returns the identifiers of `sql` that can only be columns.
fn identifiers(sql: &str) -> Vec<String> {
    let tokens = tokens(sql);
    let is_column = |(at, _): &(usize, &Token<'_>)| can_only_be_column(*at, &tokens);
    tokens.iter().enumerate().filter(is_column).filter_map(|(_, token)| token.name()).collect()
}

fn can_only_be_column(at: usize, tokens: &[Token<'_>]) -> bool {
    let (token, after) = (&tokens[at], tokens.get(at + 1));
    let before = |count: usize| at.checked_sub(count).map(|at| &tokens[at]);
    let is_called = after.is_some_and(|after| ["(", ".", "=>"].contains(&after.text));
    let is_qualified = before(1).is_some_and(|before| ["::", "."].contains(&before.text));
    let is_introduced = before(1).is_some_and(|before| before.is("collate") || before.is("as"));
    let is_extracted =
        before(1).is_some_and(|before| before.text == "(") && before(2).is_some_and(|of| of.is("extract"));
    let is_type = after.is_some_and(|after| after.kind == TokenKind::Dollar || after.text.ends_with('\''));
    // `U&"…"` is three tokens. What its escapes stand for is not judged.
    let has_escapes =
        (0..=2).any(|count| before(count).is_some_and(|first| begins_escapes(first, &tokens[at - count..])));
    let is_keyword = token.kind == TokenKind::Word && KEYWORDS.split(' ').any(|keyword| token.is(keyword));
    !(is_called || is_qualified || is_introduced || is_extracted || is_type || has_escapes || is_keyword)
}

fn begins_escapes(first: &Token<'_>, tokens: &[Token<'_>]) -> bool {
    let [_, and, quoted, ..] = tokens else { return false };
    let is_adjacent = and.start == first.start + 1 && quoted.start == and.start + 1;
    first.is("u") && and.text == "&" && quoted.text.starts_with(['"', '\'']) && is_adjacent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_columns_and_nothing_else() {
        let cases: [(&str, &[&str]); 17] = [
            ("order_total >= 0", &["order_total"]),
            ("status IN ('a', 'b') AND NOT archived", &["status", "archived"]),
            ("length(trim(both ' ' from Name2)) > 0", &["name2"]),
            ("extract(dow from placed) < 6", &["placed"]),
            ("total::numeric(12,2) > 1e3 AND x::double precision > 0", &["total", "x"]),
            ("placed AT TIME ZONE 'UTC' > timestamp '2020-01-01'", &["placed"]),
            ("name COLLATE pg_c = \"Label\" OR pg_catalog.lower(a) = $$b$$", &["Label", "a"]),
            ("make_interval(days => n) > interval '1 day'", &["n"]),
            ("Été > 0 OR Total > 0", &["Été", "total"]),
            ("a /* b /* c */ d */ = 1 AND f", &["a", "f"]),
            ("a = E'x' -- y\n 'b \\' c' AND d", &["a", "d"]),
            ("U&'\\0061' = a AND U&\"\\0061\" = u & b", &["a", "u", "b"]),
            // Only the whole of `U&"…"`, without spaces, is one identifier.
            ("U& \"A\" = 1", &["u", "A"]),
            ("x&\"A\" = 1", &["x", "A"]),
            ("geometry 'POINT(0 0)' = place", &["place"]),
            ("geometry $$POINT(0 0)$$ = place", &["place"]),
            ("CASE WHEN kind = 1 THEN a IS NOT NULL ELSE b ~ '^x' END", &["kind", "a", "b"]),
        ];
        for (sql, expected) in cases {
            assert_eq!(identifiers(sql), expected, "{sql}");
        }
    }
}
