//! `m.alter_table(…)`: ALTER TABLE, with one method per change.

use crate::ident::{Ident, quoted};
use crate::migrate::migration::awaitable::awaitable;
use crate::migrate::migration::context::Migration;
use crate::migrate::migration::operation::{NameScope, Operation};
use crate::migrate::migration::step_error::StepError;
use crate::sql::fragment::Fragment;
use crate::sql::fragment_error::FragmentError;
use std::fmt;

/// Changes to one table of the migrated schema; `await` makes them, in one `ALTER TABLE` if PostgreSQL allows.
///
/// Names are quoted. Definitions, types and expressions are SQL, as written, and each must be exactly one: text such as
/// `int; COMMIT` or `int, DROP COLUMN id` is refused before anything runs.
///
/// ```
/// # use schemata::migrate::{Migration, MigrationResult};
/// # async fn f(m: &mut Migration<'_>) -> MigrationResult {
/// m.alter_table("orders").drop_default("status").drop_not_null("note").rename_column("total", "order_total").await
/// # }
/// ```
#[must_use = "nothing is altered until this is awaited"]
pub struct AlterTable<'m, 'c> {
    migration: &'m mut Migration<'c>,
    table: String,
    statements: Vec<Statement>,
    names: Vec<String>,
    /// Whether a column became NOT NULL.
    not_null: bool,
    /// Whether the next action starts a new statement.
    ended: bool,
    /// The first piece of SQL that is not a single piece of its kind.
    fault: Option<FragmentError>,
}

/// Most actions share a statement, and so a lock and a pass over the table.
enum Statement {
    Actions(Vec<String>),
    /// PostgreSQL wants renames alone; a validation is alone so that it does not read the table under another action's lock.
    Alone(String),
}

impl<'c> Migration<'c> {
    /// Changes a table: name the changes, then `await`.
    pub fn alter_table(&mut self, table: &str) -> AlterTable<'_, 'c> {
        let table = table.to_owned();
        AlterTable {
            migration: self,
            names: vec![table.clone()],
            table,
            statements: Vec::new(),
            not_null: false,
            ended: false,
            fault: None,
        }
    }
}

impl AlterTable<'_, '_> {
    /// `ADD COLUMN name definition`, like `varchar(20) NOT NULL DEFAULT 'pending'`.
    ///
    /// A constant default is cheap on any table; a volatile one, like `gen_random_uuid()`, rewrites it.
    pub fn add_column(mut self, name: &str, definition: &str) -> Self {
        let definition = self.piece(Fragment::Column, definition);
        self.action(&[name], |names| format!("ADD COLUMN {} {definition}", names[0]))
    }

    /// `DROP COLUMN name`.
    ///
    /// # Hazards
    /// The column's values are lost, and instances of the application that still name it fail. First release a version
    /// that does not use the column.
    pub fn drop_column(self, name: &str) -> Self {
        self.action(&[name], |names| format!("DROP COLUMN {}", names[0]))
    }

    /// `RENAME COLUMN from TO to`.
    ///
    /// # Hazards
    /// Instances of the application that still use the old name fail.
    pub fn rename_column(self, from: &str, to: &str) -> Self {
        self.alone(&[from, to], |names| format!("RENAME COLUMN {} TO {}", names[0], names[1]))
    }

    /// `ALTER COLUMN name SET DEFAULT expression`.
    pub fn set_default(mut self, name: &str, expression: &str) -> Self {
        let expression = self.piece(Fragment::Expression, expression);
        self.action(&[name], |names| format!("ALTER COLUMN {} SET DEFAULT {expression}", names[0]))
    }

    /// `ALTER COLUMN name DROP DEFAULT`.
    pub fn drop_default(self, name: &str) -> Self {
        self.action(&[name], |names| format!("ALTER COLUMN {} DROP DEFAULT", names[0]))
    }

    /// `ALTER COLUMN name SET NOT NULL`. Reads the whole table while nobody can use it, unless a validated check proves that
    /// there are no NULLs.
    pub fn set_not_null(mut self, name: &str) -> Self {
        self.not_null = true;
        self.action(&[name], |names| format!("ALTER COLUMN {} SET NOT NULL", names[0]))
    }

    /// `ALTER COLUMN name DROP NOT NULL`.
    pub fn drop_not_null(self, name: &str) -> Self {
        self.action(&[name], |names| format!("ALTER COLUMN {} DROP NOT NULL", names[0]))
    }

    /// `ALTER COLUMN name TYPE sql_type`. Often rewrites the table while nobody can use it.
    pub fn set_type(mut self, name: &str, sql_type: &str) -> Self {
        let sql_type = self.piece(Fragment::Type, sql_type);
        self.action(&[name], |names| format!("ALTER COLUMN {} TYPE {sql_type}", names[0]))
    }

    /// `ALTER COLUMN name TYPE sql_type USING expression`.
    pub fn set_type_using(mut self, name: &str, sql_type: &str, expression: &str) -> Self {
        let sql_type = self.piece(Fragment::Type, sql_type);
        let expression = self.piece(Fragment::Expression, expression);
        self.action(&[name], |names| format!("ALTER COLUMN {} TYPE {sql_type} USING {expression}", names[0]))
    }

    /// `ADD CONSTRAINT name definition`, like `UNIQUE (email)` or `CHECK (total >= 0)`.
    pub fn add_constraint(mut self, name: &str, definition: &str) -> Self {
        let definition = self.piece(Fragment::Constraint, definition);
        self.action(&[name], |names| format!("ADD CONSTRAINT {} {definition}", names[0]))
    }

    /// `VALIDATE CONSTRAINT name`, in a statement of its own: reads the whole table, while others read and write it. Put
    /// [`m.commit()`](Migration::commit) between it and the `NOT VALID` it belongs to, whose lock would be held meanwhile.
    pub fn validate_constraint(self, name: &str) -> Self {
        self.alone(&[name], |names| format!("VALIDATE CONSTRAINT {}", names[0]))
    }

    /// `DROP CONSTRAINT name`.
    ///
    /// After [`set_not_null`](Self::set_not_null) it is a statement of its own: in the same one, PostgreSQL would drop the
    /// constraint first, and with it the check that spares reading the table.
    pub fn drop_constraint(mut self, name: &str) -> Self {
        self.ended |= self.not_null;
        self.action(&[name], |names| format!("DROP CONSTRAINT {}", names[0]))
    }

    /// `RENAME TO name`. Further changes in this chain go to the new name.
    ///
    /// # Hazards
    /// Instances of the application that still use the old name fail.
    pub fn rename_to(mut self, name: &str) -> Self {
        self = self.alone(&[name], |names| format!("RENAME TO {}", names[0]));
        name.clone_into(&mut self.table);
        self
    }

    /// Returns `text` as part of a statement. If it is more than one piece, records the fault, and nothing will run.
    fn piece(&mut self, fragment: Fragment, text: &str) -> String {
        fragment.of(text).unwrap_or_else(|fault| {
            self.fault.get_or_insert(fault);
            String::new()
        })
    }

    fn action(mut self, names: &[&str], text: impl Fn(&[String]) -> String) -> Self {
        let action = text(&self.quote(names));
        if let Some(Statement::Actions(actions)) = self.statements.last_mut().filter(|_| !self.ended) {
            actions.push(action);
        } else {
            self.not_null &= !self.ended;
            self.ended = false;
            let begin = self.begin();
            self.statements.push(Statement::Actions(vec![format!("{begin} {action}")]));
        }
        self
    }

    fn alone(mut self, names: &[&str], text: impl Fn(&[String]) -> String) -> Self {
        let action = text(&self.quote(names));
        self.statements.push(Statement::Alone(format!("{} {action}", self.begin())));
        self
    }

    fn begin(&self) -> String {
        format!("ALTER TABLE {}.{}", self.migration.schema(), quoted(&self.table))
    }

    fn quote(&mut self, names: &[&str]) -> Vec<String> {
        self.names.extend(names.iter().map(|&name| name.to_owned()));
        names.iter().map(|name| quoted(name)).collect()
    }

    async fn alter(self) -> Result<(), StepError> {
        if let Some(fault) = self.fault {
            return Err(fault.into());
        }
        for name in self.names {
            Ident::new(name)?;
        }
        let text = |statement| match statement {
            Statement::Actions(actions) => actions.join(", "),
            Statement::Alone(text) => text,
        };
        let operations = self.statements.into_iter().map(text);
        self.migration.step(operations.map(|text| Operation::statement(text, NameScope::WithExtensions))).await
    }
}

awaitable!(AlterTable, alter);

impl fmt::Debug for AlterTable<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlterTable").field("table", &self.table).finish_non_exhaustive()
    }
}
