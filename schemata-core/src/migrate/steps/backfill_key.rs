//! The key in whose order a backfill visits the rows of a table.

use tokio_postgres::types::Type;

use crate::ident::quoted;
use crate::migrate::apply::retry::AttemptFailure;
use crate::migrate::error::StepwiseError;
use crate::migrate::migration::operation::BackfillPlan;
use crate::migrate::session::{MigratorSession, TypedValue};
use crate::qualified_name::QualifiedName;
use crate::sql::lex::tokens;

/// A unique key without NULLs.
pub(crate) struct BackfillKey {
    /// Its columns, each with its type as SQL.
    columns: Vec<(String, String)>,
    /// The number of rows in the table, by PostgreSQL's estimate.
    pub(crate) estimated: Option<i64>,
}

impl BackfillKey {
    /// Finds the key of the table of `plan`.
    pub(crate) async fn find(session: MigratorSession<'_>, plan: &BackfillPlan) -> Result<Self, AttemptFailure> {
        let values: [TypedValue<'_>; 2] = [(&plan.schema, Type::TEXT), (&plan.table, Type::TEXT)];
        let rows = session.query("looking for the table's key", include_str!("backfill_key.sql"), &values).await?;
        let table = plan.table.clone();
        let Some(first) = rows.first() else {
            return Err(AttemptFailure::without_statement(StepwiseError::NoKey { table }));
        };
        let estimated = first.get("estimated");
        let columns: Vec<(String, String)> = rows.iter().map(|row| (row.get("name"), row.get("sql_type"))).collect();
        let changed = assigned(&plan.set);
        match columns.iter().find(|(column, _)| changed.contains(column)) {
            Some((column, _)) => {
                Err(AttemptFailure::without_statement(StepwiseError::ChangesKey { table, column: column.clone() }))
            }
            None => Ok(Self { columns, estimated }),
        }
    }

    /// Returns the number of its columns.
    pub(crate) fn len(&self) -> usize {
        self.columns.len()
    }

    /// Returns `"a", "b"`.
    pub(crate) fn list(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|(name, _)| quoted(name)).collect();
        names.join(", ")
    }

    /// Returns `"a"::text, "b"::text`.
    pub(crate) fn texts(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|(name, _)| format!("{}::text", quoted(name))).collect();
        names.join(", ")
    }

    /// Returns `("a", "b") > (($1::text)::int, ($2::text)::text)`, with text parameters from number `first` on.
    pub(crate) fn compare(&self, operator: &str, first: usize) -> String {
        let values: Vec<String> =
            self.columns.iter().enumerate().map(|(n, (_, kind))| format!("(${}::text)::{kind}", first + n)).collect();
        format!("({}) {operator} ({})", self.list(), values.join(", "))
    }
}

/// Returns the columns that `a = 1, (b, c) = (2, 3)` assigns to.
fn assigned(set: &str) -> Vec<String> {
    let all = tokens(set);
    let mut columns = Vec::new();
    let (mut depth, mut is_target) = (0_i32, true);
    for (at, token) in all.iter().enumerate() {
        match token.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "," if depth == 0 => is_target = true,
            "=" if depth == 0 => is_target = false,
            _ if is_target => {
                // `a.b` assigns to a field of a composite column.
                let is_field = at > 0 && all[at - 1].text == ".";
                columns.extend(token.name().filter(|_| !is_field));
            }
            _ => {}
        }
    }
    columns
}

/// Returns the table of `plan`, as SQL.
pub(crate) fn table(plan: &BackfillPlan) -> String {
    QualifiedName { schema: Some(plan.schema.clone()), name: plan.table.clone() }.quoted()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assigned_columns_are_found() {
        assert_eq!(assigned("A = f(b, c), \"D\" = CASE WHEN x = 1 THEN 2 END"), ["a", "D"]);
        assert_eq!(assigned("(a, b) = (c, d), e[1] = 2, f.g = 3"), ["a", "b", "e", "f"]);
    }
}
