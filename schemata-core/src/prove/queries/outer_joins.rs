//! Which tables an outer join can make NULL, read from the text.
//!
//! The answer is a set of names that holds at least every table and alias on a nullable side, at any depth. It may hold more: then a
//! column counts as nullable that is not, which the author can contradict, and never the reverse.

use std::collections::HashSet;
use std::ops::Range;

use crate::prove::queries::statement::Outline;

/// The names on the nullable sides of outer joins.
#[derive(Debug, Default)]
pub(crate) struct NullableSides {
    /// Whether any column can be NULL: of GROUPING SETS, of MERGE, of OLD and NEW.
    pub(crate) everything: bool,
    names: HashSet<String>,
}

/// Words that end the operands of a join.
const AFTER_JOINS: &[&str] = &[
    "where",
    "group",
    "having",
    "window",
    "order",
    "limit",
    "offset",
    "fetch",
    "for",
    "union",
    "intersect",
    "except",
    "returning",
    "set",
    ",",
];

impl NullableSides {
    pub(crate) fn of(outline: &Outline<'_>) -> Self {
        let mut this = Self { everything: hides_its_nulls(outline), names: HashSet::new() };
        for at in 0..outline.tokens.len() {
            if !outline.is(at, &["left", "right", "full"]) {
                continue;
            }
            let join = if outline.is(at + 1, &["outer"]) { at + 2 } else { at + 1 };
            if !outline.is(join, &["join"]) {
                continue;
            }
            if outline.is(at, &["left", "full"]) {
                this.add(outline, right_operand(outline, join, outline.follows(at, &["natural"])));
            }
            if outline.is(at, &["right", "full"]) {
                this.add(outline, left_operand(outline, at));
            }
        }
        this.add_common_tables(outline);
        this
    }

    /// Returns whether a table or an alias may be on a nullable side.
    pub(crate) fn holds(&self, name: &str) -> bool {
        self.everything || self.names.contains(name)
    }

    /// Adds what is named where a table can be, with its alias: after FROM, JOIN, a comma, an opening parenthesis.
    fn add(&mut self, outline: &Outline<'_>, range: Range<usize>) {
        let begins = ["from", "join", "using", "update", "into", "only", "lateral", "table", ",", "("];
        for mut at in range.clone().filter(|at| *at == range.start || outline.follows(*at, &begins)) {
            while outline.is(at + 1, &["."]) {
                at += 2;
            }
            self.names.extend(outline.name(at));
            let alias = if outline.is(at + 1, &["as"]) { at + 2 } else { at + 1 };
            self.names.extend(outline.name(alias));
        }
    }

    /// What a common table expression on a nullable side reads is nullable too.
    fn add_common_tables(&mut self, outline: &Outline<'_>) {
        let common = outline.common_tables();
        let mut known = 0;
        while known != self.names.len() {
            known = self.names.len();
            for (name, body) in &common {
                if self.names.contains(name) {
                    self.add(outline, body.clone());
                }
            }
        }
    }
}

/// Returns the operand after the JOIN at `join`: up to its ON or USING, past those of joins inside.
fn right_operand(outline: &Outline<'_>, join: usize, is_natural: bool) -> Range<usize> {
    let depth = outline.depth[join];
    let mut conditions = usize::from(!is_natural);
    let mut at = join + 1;
    while at < outline.tokens.len() && outline.depth[at] >= depth {
        if outline.depth[at] == depth {
            if outline.is(at, AFTER_JOINS) || outline.is(at, &[")"]) && outline.partner[at] < join {
                break;
            }
            if outline.is(at, &["join"]) && !outline.follows(at, &["cross"]) && conditions > 0 {
                let before = if outline.follows(at, &["outer"]) { at - 2 } else { at - 1 };
                let side = if outline.is(before, &["left", "right", "full", "inner"]) { before } else { at };
                conditions += usize::from(!outline.follows(side, &["natural"]));
            }
            if outline.is(at, &["on", "using"]) && conditions > 0 {
                conditions -= 1;
                if conditions == 0 {
                    break;
                }
            }
        }
        at += 1;
    }
    join + 1..at
}

/// Returns the operand before the join at `at`: from the beginning of its list of tables.
fn left_operand(outline: &Outline<'_>, at: usize) -> Range<usize> {
    let depth = outline.depth[at];
    let mut begin = at;
    while begin > 0 && outline.depth[begin - 1] >= depth {
        let before = begin - 1;
        let is_list =
            outline.is(before, &["from", ","]) || outline.is(before, &["using"]) && !outline.is(begin, &["("]);
        let is_opening = outline.is(before, &["("]) && outline.partner[before] >= at;
        if outline.depth[before] == depth && (is_list || is_opening) {
            break;
        }
        begin -= 1;
    }
    begin..at
}

/// Returns whether a statement can make any column NULL, whatever its tables say.
fn hides_its_nulls(outline: &Outline<'_>) -> bool {
    let returns = (0..outline.tokens.len()).any(|at| outline.is(at, &["returning"]));
    (0..outline.tokens.len()).any(|at| {
        let next = |words: &[&str]| outline.is(at + 1, words);
        outline.is(at, &["grouping"]) && next(&["sets"])
            || outline.is(at, &["rollup", "cube"]) && next(&["("])
            || outline.is(at, &["merge"])
            || outline.is(at, &["returning"]) && next(&["with"])
            || returns && outline.is(at, &["old", "new"])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nullable(sql: &str) -> Vec<&'static str> {
        let sides = NullableSides::of(&Outline::read(sql));
        ["a", "b", "c", "d"].into_iter().filter(|name| sides.holds(name)).collect()
    }

    #[test]
    fn each_kind_of_join_has_its_nullable_side() {
        assert_eq!(nullable("SELECT 1 FROM a JOIN b ON a.x = b.x"), Vec::<&str>::new());
        assert_eq!(nullable("SELECT 1 FROM a LEFT JOIN b ON a.x = b.x JOIN c ON true"), ["b"]);
        assert_eq!(nullable("SELECT 1 FROM a JOIN b USING (x) RIGHT OUTER JOIN c ON true"), ["a", "b"]);
        assert_eq!(nullable("SELECT 1 FROM d, a FULL JOIN b USING (x) WHERE c"), ["a", "b"]);
        assert_eq!(nullable("SELECT left(a, 1) FROM b"), Vec::<&str>::new());
    }

    #[test]
    fn operands_can_be_joins_and_sub_selects() {
        assert_eq!(nullable("SELECT 1 FROM a LEFT JOIN (b JOIN c ON true) ON true"), ["b", "c"]);
        assert_eq!(nullable("SELECT 1 FROM a LEFT JOIN b JOIN c ON true ON true JOIN d ON true"), ["b", "c"]);
        assert_eq!(nullable("SELECT 1 FROM a LEFT JOIN LATERAL (SELECT 1 FROM b, c) AS x ON true, d"), ["b", "c"]);
        assert_eq!(nullable("SELECT 1 FROM (SELECT 1 FROM a LEFT JOIN b ON true) x JOIN c ON true"), ["b"]);
        assert_eq!(nullable("SELECT 1 FROM (a JOIN b ON true) RIGHT JOIN c ON true"), ["a", "b"]);
        assert_eq!(nullable("SELECT 1 FROM a NATURAL LEFT JOIN b WHERE c"), ["b"]);
        assert_eq!(nullable("SELECT (SELECT 1 FROM a LEFT JOIN b ON true) FROM c"), ["b"]);
    }

    #[test]
    fn what_a_lateral_sub_select_refers_to_stays() {
        let sql =
            "SELECT 1 FROM a JOIN d ON true LEFT JOIN LATERAL (SELECT b.x, d.x FROM s.b WHERE b.x = a.x) AS y ON true";
        assert_eq!(nullable(sql), ["b"]);
    }

    #[test]
    fn common_table_expressions_are_followed() {
        let sql =
            "WITH x AS (SELECT 1 FROM b), y AS MATERIALIZED (SELECT 1 FROM x) SELECT 1 FROM a LEFT JOIN y ON true";
        assert_eq!(nullable(sql), ["b"]);
    }

    #[test]
    fn grouping_sets_and_merges_hide_nulls() {
        assert_eq!(nullable("SELECT 1 FROM a GROUP BY ROLLUP (x)").len(), 4);
        assert_eq!(nullable("INSERT INTO a VALUES (1) RETURNING old.x").len(), 4);
    }
}
