//! Finds the dependencies between statements: the tables that they create and alter, and the foreign keys that they add.
//!
//! It reads `CREATE TABLE` and `ALTER TABLE`. The effects of functions and of `DO` are not seen.

use crate::qualified_name::QualifiedName;
use crate::sql::lex::{Token, tokens};

/// A foreign key that a statement adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) table: QualifiedName,
    /// The referencing columns.
    pub(crate) columns: Vec<String>,
    pub(crate) target: QualifiedName,
}

/// The tables that statements create and alter, and the foreign keys that they add.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Dependencies {
    pub(crate) creates: Vec<QualifiedName>,
    pub(crate) alters: Vec<QualifiedName>,
    pub(crate) references: Vec<Reference>,
}

impl Dependencies {
    /// Returns the dependencies of `statements`.
    pub(crate) fn of<'s>(statements: impl IntoIterator<Item = &'s str>) -> Self {
        let mut dependencies = Self::default();
        for statement in statements {
            dependencies.add(statement);
        }
        dependencies
    }

    fn add(&mut self, statement: &str) {
        let all = tokens(statement);
        let mut reader = Reader { all: &all, at: 0 };
        if reader.word("create") {
            // Nothing can depend on a temporary table after its session.
            let _ = reader.word("unlogged");
            if !reader.word("table") {
                return;
            }
            let _ = reader.word("if") && reader.word("not") && reader.word("exists");
            let Some(table) = reader.name() else { return };
            self.creates.push(table.clone());
            self.keys(&table, reader.rest(), 1);
        } else if reader.word("alter") && reader.word("table") {
            let _ = reader.word("if") && reader.word("exists");
            let _ = reader.word("only");
            let Some(table) = reader.name() else { return };
            self.alters.push(table.clone());
            let rest = reader.rest();
            if reader.word("rename") && reader.word("to") {
                let renamed = reader.name().map(|new| QualifiedName { schema: table.schema.clone(), ..new });
                self.creates.extend(renamed);
            }
            self.keys(&table, rest, 0);
        }
    }

    /// Finds the foreign keys in a table's definition or in changes of it: a list of elements, `base` parentheses deep.
    fn keys(&mut self, table: &QualifiedName, rest: &[Token<'_>], base: i32) {
        let (mut depth, mut element) = (0, 0);
        for (at, token) in rest.iter().enumerate() {
            match token.text {
                "(" => {
                    depth += 1;
                    if depth == base {
                        element = at + 1;
                    }
                }
                ")" => depth -= 1,
                "," if depth == base => element = at + 1,
                _ if depth == base && token.is("references") => {
                    let target = Reader { all: rest, at: at + 1 }.name();
                    let columns = columns(&rest[element..at]);
                    self.references.extend(target.map(|target| Reference { table: table.clone(), columns, target }));
                }
                _ => {}
            }
        }
    }
}

/// Returns the columns of the foreign key that `element` begins: the listed columns, or the one that it defines.
fn columns(element: &[Token<'_>]) -> Vec<String> {
    let list = element.windows(2).position(|pair| pair[0].is("foreign") && pair[1].is("key"));
    if let Some(at) = list {
        let inside = element[at..].iter().skip_while(|token| token.text != "(").skip(1);
        return inside.take_while(|token| token.text != ")").filter_map(Token::name).collect();
    }
    let skipped = ["add", "column", "if", "not", "exists"];
    let first = element.iter().find(|token| !skipped.iter().any(|word| token.is(word)));
    first.and_then(Token::name).into_iter().collect()
}

/// Reads tokens from left to right.
struct Reader<'t, 's> {
    all: &'t [Token<'s>],
    at: usize,
}

impl<'t, 's> Reader<'t, 's> {
    /// Passes `keyword`, and returns whether it was there.
    fn word(&mut self, keyword: &str) -> bool {
        let is_here = self.all.get(self.at).is_some_and(|token| token.is(keyword));
        self.at += usize::from(is_here);
        is_here
    }

    /// Passes a table's name, and returns it.
    fn name(&mut self) -> Option<QualifiedName> {
        let first = self.all.get(self.at)?.name()?;
        self.at += 1;
        if self.all.get(self.at).is_none_or(|token| token.text != ".") {
            return Some(QualifiedName { schema: None, name: first });
        }
        let name = self.all.get(self.at + 1)?.name()?;
        self.at += 2;
        Some(QualifiedName { schema: Some(first), name })
    }

    fn rest(&self) -> &'t [Token<'s>] {
        &self.all[self.at..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `creates a; alters b; c.(d, e) > f`.
    fn of(statement: &str) -> String {
        let dependencies = Dependencies::of([statement]);
        let shown = |table: &QualifiedName| match &table.schema {
            Some(schema) => format!("{schema}/{}", table.name),
            None => table.name.clone(),
        };
        let creates = dependencies.creates.iter().map(|table| format!("creates {}", shown(table)));
        let alters = dependencies.alters.iter().map(|table| format!("alters {}", shown(table)));
        let keys = dependencies
            .references
            .iter()
            .map(|key| format!("{}.({}) > {}", shown(&key.table), key.columns.join(", "), shown(&key.target)));
        creates.chain(alters).chain(keys).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn reads_tables_with_keys_of_every_shape() {
        assert_eq!(
            of(
                "CREATE TABLE IF NOT EXISTS \"s\".\"T\"\"x\" (a int REFERENCES Parent, b numeric(4, 2) DEFAULT f(1, 2) \
                REFERENCES o.p (x) ON DELETE CASCADE, CHECK (a > 0), CONSTRAINT k FOREIGN KEY (a, \"B\") REFERENCES q)"
            ),
            "creates s/T\"x; s/T\"x.(a) > parent; s/T\"x.(b) > o/p; s/T\"x.(a, B) > q"
        );
        assert_eq!(
            of(
                "ALTER TABLE IF EXISTS ONLY t ADD COLUMN IF NOT EXISTS c int REFERENCES p, ADD d numeric(1,2) REFERENCES q (r), \
                ADD FOREIGN KEY (e) REFERENCES r, ADD CONSTRAINT k FOREIGN KEY (f, g) REFERENCES s"
            ),
            "alters t; t.(c) > p; t.(d) > q; t.(e) > r; t.(f, g) > s"
        );
        assert_eq!(of("ALTER TABLE s.t RENAME TO u"), "creates s/u; alters s/t");
        assert_eq!(of("create unlogged table t as select 1"), "creates t");
    }

    #[test]
    fn other_statements_have_no_dependencies() {
        for sql in [
            "CREATE TEMP TABLE t (a int REFERENCES p)",
            "CREATE INDEX i ON t (a)",
            "GRANT REFERENCES ON t TO r",
            "SELECT 'CREATE TABLE t (a int REFERENCES p)'",
            "CREATE TABLE",
            "ALTER TABLE",
            "ALTER TABLE 1",
            "CREATE TABLE s.",
            "",
        ] {
            assert_eq!(of(sql), "", "{sql}");
        }
        assert_eq!(of("CREATE TABLE t (a text DEFAULT 'x REFERENCES p', b int REFERENCES"), "creates t");
    }
}
