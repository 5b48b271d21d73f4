//! The key by which a backfill goes through a table.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::ident::quoted;
use crate::migrate::migration::operation::BackfillPlan;
use crate::migrate::apply::retry::Failure;
use crate::migrate::error::StepwiseError;
use crate::sql::lex::tokens;
use crate::sql::relation::{Relation, identifier};

/// The primary key, or else the shortest unique one whose columns cannot be NULL; and how many rows there are, by
/// PostgreSQL's estimate. Types by their own names: what `format_type` says depends on the search path.
const KEY: &str = "WITH target AS (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n \
       ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2), \
     key AS (SELECT x.indrelid, x.indkey, x.indnkeyatts FROM pg_catalog.pg_index x JOIN target ON target.oid = x.indrelid \
       WHERE x.indisunique AND x.indisvalid AND x.indimmediate AND x.indpred IS NULL AND x.indexprs IS NULL \
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = x.indrelid AND NOT a.attnotnull \
         AND a.attnum = ANY (x.indkey::int2[])) \
       ORDER BY x.indisprimary DESC, x.indnkeyatts, x.indexrelid LIMIT 1) \
     SELECT a.attname::text, pg_catalog.format('%I.%I', s.nspname, t.typname), \
       (SELECT sum(nullif(greatest(part.reltuples, 0), 0))::bigint FROM pg_catalog.pg_class part WHERE part.relkind <> 'p' \
        AND (part.oid = key.indrelid OR part.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(key.indrelid)))) \
     FROM key CROSS JOIN LATERAL pg_catalog.unnest(key.indkey::int2[]) WITH ORDINALITY AS part(attnum, n) \
     JOIN pg_catalog.pg_attribute a ON a.attrelid = key.indrelid AND a.attnum = part.attnum \
     JOIN pg_catalog.pg_type t ON t.oid = a.atttypid JOIN pg_catalog.pg_namespace s ON s.oid = t.typnamespace \
     WHERE part.n <= key.indnkeyatts ORDER BY part.n";

/// A unique key.
pub(crate) struct Key {
    /// Its columns, and their types as SQL.
    columns: Vec<(String, String)>,
    /// The table's rows.
    pub(crate) estimated: Option<i64>,
}

impl Key {
    /// Finds the key of the table of `plan`.
    pub(crate) async fn find(client: &Client, plan: &BackfillPlan) -> Result<Self, Failure> {
        let values: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
            [(&plan.schema, Type::TEXT), (&plan.table, Type::TEXT)];
        let rows = client.query_typed(KEY, &values).await.map_err(|source| Failure::of(KEY, source))?;
        let table = || plan.table.clone();
        let Some(first) = rows.first() else {
            return Err(Failure::Step { statement: None, source: StepwiseError::NoKey { table: table() }.into() });
        };
        let estimated = first.get(2);
        let columns: Vec<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let changed = assigned(&plan.set);
        match columns.iter().find(|(column, _)| changed.contains(column)) {
            Some((column, _)) => {
                let source = StepwiseError::ChangesKey { table: table(), column: column.clone() };
                Err(Failure::Step { statement: None, source: source.into() })
            }
            None => Ok(Self { columns, estimated }),
        }
    }

    /// How many columns it has.
    pub(crate) fn len(&self) -> usize {
        self.columns.len()
    }

    /// `"a", "b"`.
    pub(crate) fn list(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|(name, _)| quoted(name)).collect();
        names.join(", ")
    }

    /// `"a"::text, "b"::text`.
    pub(crate) fn texts(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|(name, _)| format!("{}::text", quoted(name))).collect();
        names.join(", ")
    }

    /// `("a", "b") > ($1::int, $2::text)`, of text parameters from number `first` on.
    pub(crate) fn compare(&self, operator: &str, first: usize) -> String {
        let values: Vec<String> =
            self.columns.iter().enumerate().map(|(n, (_, kind))| format!("(${}::text)::{kind}", first + n)).collect();
        format!("({}) {operator} ({})", self.list(), values.join(", "))
    }
}

/// The columns that `a = 1, (b, c) = (2, 3)` assigns to.
fn assigned(set: &str) -> Vec<String> {
    let all = tokens(set);
    let mut columns = Vec::new();
    let (mut depth, mut target) = (0_i32, true);
    for (at, token) in all.iter().enumerate() {
        match token.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "," if depth == 0 => target = true,
            "=" if depth == 0 => target = false,
            _ if target => {
                // `a.b` assigns to part of a composite column.
                let part = at > 0 && all[at - 1].text == ".";
                columns.extend(identifier(token).filter(|_| !part));
            }
            _ => {}
        }
    }
    columns
}

/// The table of `plan`, as SQL.
pub(crate) fn table(plan: &BackfillPlan) -> String {
    Relation { schema: Some(plan.schema.clone()), name: plan.table.clone() }.sql()
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
