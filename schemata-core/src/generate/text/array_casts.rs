//! Rewrites array casts in SQL that PostgreSQL printed, so that it prints the same again after reading it.
//!
//! PostgreSQL prints a cast of an array as `(ARRAY['a'::character varying, …])::text[]`, but reads that as casts of the
//! elements: the meaning is the same, but it prints the condition differently from then on. `status IN ('a', 'b')` on a
//! varchar is an example. With a cast to the elements' own type in between, it stays a cast of the array.

use crate::sql::lex::{Token, tokens};

/// Returns `sql`, which PostgreSQL printed, in a form that it prints the same after reading it. Quoted text is kept.
pub(crate) fn rereadable(sql: &str) -> String {
    let all = tokens(sql);
    let mut out = String::with_capacity(sql.len());
    let mut from = 0;
    for at in 0..all.len() {
        let Some((end, element)) = cast_array(sql, &all[at..]) else { continue };
        let place = all[at + end].start + 1;
        out.push_str(&sql[from..place]);
        out.push_str("::");
        out.push_str(element);
        out.push_str("[]");
        from = place;
    }
    out.push_str(&sql[from..]);
    out
}

/// If an array begins here that is cast to an array of another type, returns the position of its `]` and the type of its
/// elements.
fn cast_array<'s>(sql: &'s str, all: &[Token<'s>]) -> Option<(usize, &'s str)> {
    if !(all.first()?.is("array") && all.get(1)?.text == "[") {
        return None;
    }
    let (mut depth, mut cast, mut end) = (0_i32, None, None);
    let mut is_first = true;
    for (at, token) in all.iter().enumerate().skip(1) {
        match token.text {
            "[" | "(" => depth += 1,
            "]" | ")" => depth -= 1,
            "," if depth == 1 => is_first = false,
            "::" if depth == 1 && is_first => cast = Some(at),
            _ => {}
        }
        if depth == 0 {
            end = Some(at);
            break;
        }
    }
    let (cast, end) = (cast?, end?);
    let after = end + 1 + usize::from(all.get(end + 1)?.text == ")");
    if all.get(after)?.text != "::" {
        return None;
    }
    let last = (cast + 1..end).find(|at| all[*at].text == "," || all[*at].text == "]").unwrap_or(end);
    let element = sql[all[cast + 1].start..all[last].start].trim_end();
    let target = &sql[all.get(after + 1)?.start..];
    (!target.starts_with(&format!("{element}[]"))).then_some((end, element))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cast_of_an_array_stays_one() {
        for (printed, written) in [
            (
                "CHECK (((s)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))",
                "CHECK (((s)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying]::character varying[])::text[])))",
            ),
            ("s = ANY (ARRAY['a'::varchar(3)]::text[])", "s = ANY (ARRAY['a'::varchar(3)]::varchar(3)[]::text[])"),
            ("(ARRAY['a]'::bpchar, ','::bpchar])::text[] x", "(ARRAY['a]'::bpchar, ','::bpchar]::bpchar[])::text[] x"),
        ] {
            assert_eq!(rereadable(printed), written);
            assert_eq!(rereadable(written), written);
        }
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for text in [
            "a = ANY (ARRAY[1, 2])",
            "(ARRAY['a'::text])::text[]",
            "(ARRAY[a, b])::text[]",
            "'(ARRAY[''a''::varchar])::text[]'",
            "$$ SELECT (ARRAY['a'::varchar])::text[] $$",
            "ARRAY[",
            "ARRAY",
            "ARRAY['a'::",
            "ARRAY['a'::x]::",
            "ARRAY[]::text[]",
            "x[1]",
        ] {
            assert_eq!(rereadable(text), text);
        }
    }
}
