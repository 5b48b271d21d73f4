//! Whether an expression is never NULL, read conservatively: literals, parameters without `Option`, columns that are NOT NULL, and
//! operators and functions that return NULL only for NULL. What it does not know may be NULL.

use std::ops::Range;

use crate::prove::queries::functions::{AGGREGATES, COLLECTING, NEVER_NULL, NULL_IF_ALL_ARE, NULL_IF_ONE_IS, VALUES};
use crate::prove::queries::statement::Outline;
use crate::sql::lex::TokenKind;

/// Operators that return NULL only for NULL.
const OPERATORS: &[&str] =
    &["=", "<>", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "||", "like", "ilike", "between"];

/// Returns whether a column, perhaps with a qualifier, is never NULL.
type IsColumnKnown<'k> = dyn Fn(Option<&str>, &str) -> bool + 'k;

/// What decides about the expressions of a list.
pub(crate) struct Expressions<'k, 's> {
    pub(crate) outline: &'k Outline<'s>,
    pub(crate) is_column_known: &'k IsColumnKnown<'k>,
    /// Whether each parameter can be NULL.
    pub(crate) nullable_parameters: Vec<bool>,
    /// Whether no group of rows is empty.
    pub(crate) is_grouped: bool,
}

impl Expressions<'_, '_> {
    /// Returns whether the expression is never NULL.
    pub(crate) fn is_known(&self, range: Range<usize>) -> bool {
        let outline = self.outline;
        let Range { start, end } = range;
        if range.is_empty() {
            return false;
        }
        if outline.is(start, &["("]) && outline.partner[start] == end - 1 {
            let inside = start + 1..end - 1;
            let is_query = outline.is(start + 1, &["select", "with", "values"]);
            return !is_query && outline.split(inside.clone(), &[","]).len() == 1 && self.is_known(inside);
        }
        if outline.is(start, &["case"]) && outline.partner[start] == end - 1 {
            return self.is_case_known(start + 1..end - 1);
        }
        // From the weakest binding to the strongest.
        for words in [&["or"][..], &["and"]] {
            let parts = outline.split(range.clone(), words);
            if parts.len() > 1 {
                return parts.into_iter().all(|part| self.is_known(part));
            }
        }
        if outline.is(start, &["not"]) {
            return self.is_known(start + 1..end);
        }
        // `IS NULL`, `IS DISTINCT FROM` and the like are true or false.
        if outline.split(range.clone(), &["is"]).len() > 1 {
            return true;
        }
        if let [value, list] = &outline.split(range.clone(), &["in"])[..] {
            let value = if outline.is(value.end - 1, &["not"]) { value.start..value.end - 1 } else { value.clone() };
            return self.is_known(value) && self.is_list_known(list.clone());
        }
        let parts = outline.split(range.clone(), OPERATORS);
        if parts.len() > 1 {
            return self.are_operands_known(parts);
        }
        self.is_simple_known(range)
    }

    fn are_operands_known(&self, parts: Vec<Range<usize>>) -> bool {
        let last = parts.len() - 1;
        parts.into_iter().enumerate().all(|(at, part)| {
            // `NOT LIKE`, and the sign of a number.
            let is_negated = at < last && !part.is_empty() && self.outline.is(part.end - 1, &["not"]);
            let part = if is_negated { part.start..part.end - 1 } else { part };
            let is_sign = part.is_empty() && at < last && self.outline.is(part.end, &["-", "+"]);
            is_sign || self.is_known(part)
        })
    }

    /// A `(…)` of values.
    fn is_list_known(&self, list: Range<usize>) -> bool {
        let (start, end) = (list.start, list.end);
        self.outline.is(start, &["("])
            && self.outline.partner[start] == end - 1
            && self.outline.split(start + 1..end - 1, &[","]).into_iter().all(|item| self.is_known(item))
    }

    /// `WHEN … THEN a … ELSE b`.
    fn is_case_known(&self, inside: Range<usize>) -> bool {
        let parts = self.outline.split(inside, &["then", "else"]);
        let has_else = parts.last().is_some_and(|last| self.outline.follows(last.start, &["else"]));
        has_else
            && parts.into_iter().skip(1).all(|part| {
                let result = self.outline.split(part, &["when"]).swap_remove(0);
                self.is_known(result)
            })
    }

    /// An expression without operators between its parts.
    fn is_simple_known(&self, range: Range<usize>) -> bool {
        let outline = self.outline;
        let Range { start, end } = range;
        let casts = outline.split(range.clone(), &["::"]);
        if casts.len() > 1 {
            return self.is_known(casts[0].clone());
        }
        let tokens = &outline.tokens[range.clone()];
        let last = tokens[tokens.len() - 1];
        let is_literal = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_digit()) || (text.ends_with('\'') && !text.starts_with('"'))
        };
        if let Some(number) = last.text.strip_prefix('$').filter(|_| range.len() == 1) {
            let number = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            return number.and_then(|at| self.nullable_parameters.get(at)).is_some_and(|nullable| !nullable);
        }
        if range.len() == 1 && (last.kind == TokenKind::Dollar || outline.is(start, VALUES)) {
            return true;
        }
        // `1`, `'x'`, `interval '1 day'`.
        if last.kind == TokenKind::Exact && is_literal(last.text) {
            return tokens[..tokens.len() - 1].iter().all(|token| token.kind == TokenKind::Word);
        }
        if outline.is(start + 1, &["("]) && tokens[0].kind == TokenKind::Word && start + 1 < end {
            return self.is_call_known(range);
        }
        // `array[…]`.
        if outline.is(start, &["array"]) && outline.is(start + 1, &["["]) && outline.partner[start + 1] == end - 1 {
            return true;
        }
        self.is_column_known(range)
    }

    fn is_column_known(&self, range: Range<usize>) -> bool {
        let parts: Vec<Range<usize>> = self.outline.split(range, &["."]);
        let names: Option<Vec<String>> =
            parts.into_iter().map(|part| if part.len() == 1 { self.outline.name(part.start) } else { None }).collect();
        match names.as_deref() {
            Some([column]) => (self.is_column_known)(None, column),
            Some([.., table, column]) => (self.is_column_known)(Some(table), column),
            _ => false,
        }
    }

    fn is_call_known(&self, range: Range<usize>) -> bool {
        let outline = self.outline;
        let Range { start, end } = range;
        let close = outline.partner[start + 1];
        let mut arguments = start + 2..close;
        let after = close + 1;
        let is = |names: &[&str]| outline.is(start, names);
        if is(NEVER_NULL) {
            return after == end || outline.is(after, &["filter", "over"]);
        }
        if after != end {
            return false;
        }
        if is(&["cast"]) {
            return self.is_known(outline.split(arguments, &["as"]).swap_remove(0));
        }
        if is(COLLECTING) {
            return self.is_grouped;
        }
        if outline.is(arguments.start, &["distinct", "all"]) {
            arguments.start += 1;
        }
        let is_aggregate = is(AGGREGATES);
        if is_aggregate {
            arguments = outline.split(arguments, &["order"]).swap_remove(0);
        }
        let mut arguments = outline.split(arguments, &[","]).into_iter();
        match () {
            () if is(NULL_IF_ALL_ARE) => arguments.any(|argument| self.is_known(argument)),
            () if is(NULL_IF_ONE_IS) || is_aggregate && self.is_grouped => {
                arguments.all(|argument| self.is_known(argument))
            }
            () => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a` is NOT NULL, `b` can be NULL; the first parameter is never NULL, the second one can be.
    fn is_known(expression: &str) -> bool {
        let outline = Outline::read(expression);
        let expressions = Expressions {
            outline: &outline,
            is_column_known: &|_, column| column == "a",
            nullable_parameters: vec![false, true],
            is_grouped: expression.contains("/* grouped */"),
        };
        expressions.is_known(0..outline.tokens.len())
    }

    #[test]
    fn what_is_never_null() {
        for known in [
            "1",
            "-1.5",
            "'x'::text",
            "true",
            "interval '1 day'",
            "$1",
            "t.a",
            "a",
            "(a)",
            "a + 1",
            "a || 'x'",
            "b IS NULL",
            "NOT b IS NULL AND a = 1",
            "count(b)",
            "count(*) FILTER (WHERE b)",
            "EXISTS (SELECT b)",
            "coalesce(b, a)",
            "coalesce(sum(b), 0)::numeric",
            "lower(a)",
            "date_trunc('month', a)",
            "row_number() OVER (ORDER BY b)",
            "now()",
            "CASE WHEN b THEN a ELSE 0 END",
            "a IN (1, 2)",
            "a NOT IN (1)",
            "a BETWEEN 1 AND 2",
            "CAST(a AS text)",
            "ARRAY(SELECT b)",
            "ARRAY[b]",
            "sum(a) /* grouped */",
            "array_agg(b) /* grouped */",
            "a NOT LIKE 'x'",
            "string_agg(a, ', ' ORDER BY b) /* grouped */",
            "a = 1 IS DISTINCT FROM b",
        ] {
            assert!(is_known(known), "{known}");
        }
    }

    #[test]
    fn what_may_be_null() {
        for unknown in [
            "NULL",
            "b",
            "$2",
            "a + b",
            "b AND a = 1",
            "sum(a)",
            "max(b) /* grouped */",
            "sum(a) FILTER (WHERE b) /* grouped */",
            "lower(b)",
            "coalesce(b, NULL)",
            "(SELECT a)",
            "f(a)",
            "CASE WHEN a THEN a END",
            "CASE WHEN a THEN b ELSE a END",
            "a -> 'x'",
            "a[1]",
            "a IN (SELECT b)",
            "a IN (b)",
            "extract(month FROM a)",
            "nullif(a, 1)",
            "lag(a) OVER (ORDER BY a)",
            "sum(a) OVER (ORDER BY a) /* grouped */",
            "a::text || b",
            "s.\"lower\"(a)",
            "- b",
        ] {
            assert!(!is_known(unknown), "{unknown}");
        }
    }
}
