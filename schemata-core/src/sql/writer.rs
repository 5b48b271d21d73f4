//! Builds a statement: the parts of its text together with its bound values.

use std::any::TypeId;
use std::borrow::Cow;

use crate::error::Unsendable;
use crate::ident::Ident;
use crate::param::{Bound, Param};
use crate::schema::{Column, Table};
use crate::sql::statement_text::{AnyText, StatementText};

/// A statement: its text and its bound values, `$1` first.
#[derive(Default)]
pub(crate) struct Sql {
    /// The text.
    pub(crate) text: StatementText,
    /// The values.
    pub(crate) params: Vec<Bound>,
    /// The reason not to send the statement, such as a condition that was left out because it is nested too deeply.
    pub(crate) refusal: Option<Unsendable>,
    /// Whether columns are qualified even where the statement has one table only.
    pub(crate) qualifies_all: bool,
    /// Whether an expression is being written, whose values other expressions may share.
    pub(crate) is_in_expression: bool,
    /// Whether it runs SQL or functions of the application's, or writes inside a query: all that may change something.
    pub(crate) runs_code_of_user: bool,
    /// The common table expressions that a write inside the statement can read, each with its name.
    pub(crate) ctes: Vec<(TypeId, AnyText)>,
}

impl std::fmt::Debug for Sql {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Sql").field(&self.text).finish()
    }
}

impl Sql {
    /// Appends text of the program.
    pub(crate) fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push(text);
        self
    }

    /// Appends text that was made at run time.
    pub(crate) fn push_dynamic(&mut self, text: &str) -> &mut Self {
        self.text.dynamic(text);
        self
    }

    /// Appends text that may have been made at run time.
    pub(crate) fn push_cow(&mut self, text: &AnyText) -> &mut Self {
        match text {
            Cow::Borrowed(text) => self.push(text),
            Cow::Owned(text) => self.push_dynamic(text),
        }
    }

    /// Returns the values.
    pub(crate) fn into_values(self) -> Vec<Param> {
        self.params.into_iter().map(|bound| bound.value).collect()
    }

    /// Notes the reason not to send the statement, unless there is one already.
    pub(crate) fn refuse(&mut self, refusal: Unsendable) {
        self.refusal.get_or_insert(refusal);
    }

    /// Appends a name of the program, quoted.
    pub(crate) fn ident(&mut self, name: &'static str) -> &mut Self {
        self.text.name(name);
        self
    }

    /// Appends a name that was made at run time, quoted.
    pub(crate) fn ident_dynamic(&mut self, name: &str) -> &mut Self {
        self.text.dynamic_name(name);
        self
    }

    /// Appends a name that may have been made at run time, quoted.
    pub(crate) fn ident_cow(&mut self, name: &AnyText) -> &mut Self {
        match name {
            Cow::Borrowed(name) => self.text.name(name),
            Cow::Owned(name) => self.text.dynamic_name(name),
        }
        self
    }

    /// Appends such a name and a dot.
    pub(crate) fn qualifier(&mut self, name: &AnyText) -> &mut Self {
        match name {
            Cow::Borrowed(name) => self.text.qualifier(name),
            Cow::Owned(name) => {
                self.text.dynamic_name(name);
                self.text.push(".");
            }
        }
        self
    }

    /// Appends the names of columns, separated by commas.
    pub(crate) fn columns(&mut self, columns: &'static [Column]) -> &mut Self {
        self.text.columns(columns);
        self
    }

    /// Appends a PostgreSQL schema and a dot: `named`, otherwise that of the statement.
    pub(crate) fn schema(&mut self, schema: &Ident, named: Option<&'static str>) -> &mut Self {
        match named {
            Some(named) => self.text.qualifier(named),
            None => self.text.schema(schema),
        }
        self
    }

    /// Appends a table's qualified name, in `schema` if the table names none.
    pub(crate) fn table(&mut self, schema: &Ident, table: &Table) -> &mut Self {
        self.schema(schema, table.schema).ident(table.name)
    }

    /// Binds `value` and appends its placeholder.
    pub(crate) fn param(&mut self, value: Param) -> &mut Self {
        let number = self.bind(value);
        self.placeholder(number)
    }

    /// Binds a value that is compared with `column`, which an error then names, and appends its placeholder.
    pub(crate) fn compared_param(&mut self, value: Param, column: Option<&'static str>) -> &mut Self {
        self.params.push(Bound { value, column });
        self.placeholder(self.params.len())
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
        self.params.iter().position(|bound| bound.is(value)).map(|at| at + 1)
    }

    /// Binds `value` and returns its number for [`Sql::placeholder`].
    pub(crate) fn bind(&mut self, value: Param) -> usize {
        self.params.push(Bound { value, column: None });
        self.params.len()
    }

    /// Appends the placeholder of a value that is bound.
    pub(crate) fn placeholder(&mut self, number: usize) -> &mut Self {
        self.text.placeholder(number);
        self
    }

    /// Appends `items` with `separator` between them.
    pub(crate) fn list<I: IntoIterator>(
        &mut self,
        separator: &'static str,
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
