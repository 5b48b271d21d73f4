//! Builds SQL text together with its bound values.

use std::any::TypeId;
use std::fmt::Write;

use crate::error::Unsendable;
use crate::ident::{Ident, write_quoted};
use crate::param::{Compared, Param};
use crate::schema::Table;

/// The initial capacity of the text. It suffices for most statements, so that the text is not copied as it grows.
const CAPACITY: usize = 512;

/// A statement: its text and its bound values, `$1` first.
pub(crate) struct Sql {
    /// The text.
    pub(crate) text: String,
    /// The values.
    pub(crate) params: Vec<Param>,
    /// The reason not to send the statement, such as a condition that was left out because it is nested too deeply.
    pub(crate) refusal: Option<Unsendable>,
    /// Whether columns are qualified even where the statement has one table only.
    pub(crate) qualifies_all: bool,
    /// Whether an expression is being written, whose values other expressions may share.
    pub(crate) is_in_expression: bool,
    /// The common table expressions that a write inside the statement can read, each with its name.
    pub(crate) ctes: Vec<(TypeId, String)>,
}

impl std::fmt::Debug for Sql {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Sql").field(&self.text).finish()
    }
}

impl Default for Sql {
    fn default() -> Self {
        let text = String::with_capacity(CAPACITY);
        Self {
            text,
            params: Vec::new(),
            refusal: None,
            qualifies_all: false,
            is_in_expression: false,
            ctes: Vec::new(),
        }
    }
}

impl Sql {
    /// Appends text that the library itself wrote.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Notes the reason not to send the statement, unless there is one already.
    pub(crate) fn refuse(&mut self, refusal: Unsendable) {
        self.refusal.get_or_insert(refusal);
    }

    /// Appends a quoted identifier.
    pub(crate) fn ident(&mut self, name: &str) -> &mut Self {
        write_quoted(&mut self.text, name).expect("writing to a String cannot fail");
        self
    }

    /// Appends a table's qualified name, in `schema` if the table names none.
    pub(crate) fn table(&mut self, schema: &Ident, table: &Table) -> &mut Self {
        self.ident(table.schema.unwrap_or(schema.as_str())).push(".").ident(table.name)
    }

    /// Binds `value` and appends its placeholder.
    pub(crate) fn param(&mut self, value: Param) -> &mut Self {
        let number = self.bind(value);
        self.placeholder(number)
    }

    /// Appends the placeholder of a value that other expressions may share. A shared value is bound once, so that equal
    /// expressions have equal text: PostgreSQL compares the text of a grouped expression with that of a listed one.
    pub(crate) fn shared_param(&mut self, value: &Param) -> &mut Self {
        match self.known(value) {
            Some(number) => self.placeholder(number),
            None => self.param(value.clone()),
        }
    }

    /// Returns the number of a compared value that is bound already, if an expression is being written.
    pub(crate) fn known_in_expression(&self, value: &Param) -> Option<usize> {
        if self.is_in_expression { self.known(value) } else { None }
    }

    /// Returns the number of a value that is bound already.
    fn known(&self, value: &Param) -> Option<usize> {
        if !value.is_shared() {
            return None;
        }
        let is_same = |known: &Param| {
            known.is(value) || known.as_type::<Compared>().is_some_and(|compared| compared.value.is(value))
        };
        self.params.iter().position(is_same).map(|at| at + 1)
    }

    /// Binds `value` and returns its number for [`Sql::placeholder`].
    pub(crate) fn bind(&mut self, value: Param) -> usize {
        self.params.push(value);
        self.params.len()
    }

    /// Appends the placeholder of a value that is bound.
    pub(crate) fn placeholder(&mut self, number: usize) -> &mut Self {
        write!(self.text, "${number}").expect("writing to a String cannot fail");
        self
    }

    /// Appends `items` with `separator` between them.
    pub(crate) fn list<I: IntoIterator>(
        &mut self,
        separator: &str,
        items: I,
        mut each: impl FnMut(&mut Self, I::Item),
    ) -> &mut Self {
        for (i, item) in items.into_iter().enumerate() {
            if i > 0 {
                self.push(separator);
            }
            each(self, item);
        }
        self
    }
}
