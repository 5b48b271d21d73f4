//! Writes the rows of a join table: links of one owner to many targets, whose keys are sent as arrays.

use crate::ident::Ident;
use crate::param::{Param, ParamArray};
use crate::schema::Table;
use crate::sql::conflict::{ConflictAction, ConflictTarget, ConflictValue, on_conflict};
use crate::sql::related::{array_type, value_type};
use crate::sql::scope::Scope;
use crate::sql::tree::{Expr, Filter, Node};
use crate::sql::write::{ColumnValue, write_value};
use crate::sql::writer::Sql;
use std::borrow::Cow;

/// Links to be added. Columns are positions in the join table.
pub(crate) struct NewLinks<'a> {
    pub(crate) table: &'static Table,
    /// The columns of the targets' keys.
    pub(crate) keys: &'a [usize],
    /// Their values, one array per column.
    pub(crate) targets: Vec<ParamArray>,
    /// The columns that are equal in all links: the owner's key and those that the caller sets.
    pub(crate) equal: Vec<(usize, ColumnValue)>,
    pub(crate) conflict: ConflictTarget,
    /// The columns to set where a removed link exists, besides its removal. `None` leaves every existing link alone.
    pub(crate) restored: Option<Vec<(usize, ColumnValue)>>,
}

impl NewLinks<'_> {
    /// Returns the statement. Links are written in the order of their keys, so that two calls cannot wait for each other.
    ///
    /// ```sql
    /// INSERT INTO "public"."crate_keywords" ("keyword_id", "crate_id")
    /// SELECT given.k1, $2::int4
    /// FROM (SELECT DISTINCT k1 FROM unnest($1::int4[]) AS listed (k1)) AS given
    /// ORDER BY given.k1
    /// ON CONFLICT ("crate_id", "keyword_id") DO NOTHING
    /// ```
    pub(crate) fn write(self, schema: &Ident) -> Sql {
        let (mut sql, table) = (Sql::default(), self.table);
        let names: Vec<String> = (1..=self.keys.len()).map(|nth| format!("k{nth}")).collect();
        let (columns, given) = (names.join(", "), format!("given.{}", names.join(", given.")));
        let listed = self.keys.iter().chain(self.equal.iter().map(|(column, _)| column));
        sql.push("INSERT INTO ").table(schema, table).push(" (").list(", ", listed, |sql, column| {
            sql.ident(table.columns[*column].name);
        });
        sql.push(") SELECT ").push_dynamic(&given);
        for (column, value) in self.equal {
            sql.push(", ");
            let is_bound = matches!(value, ColumnValue::Bound(_));
            write_value(&mut sql, &Scope::of(schema, table), value);
            if is_bound {
                sql.push("::").push_dynamic(&value_type(schema, table, &table.columns[column]));
            }
        }
        sql.push(" FROM (SELECT DISTINCT ").push_dynamic(&columns).push(" FROM unnest(");
        sql.list(", ", self.keys.iter().zip(self.targets), |sql, (column, values)| {
            sql.param(Param::new(values)).push("::").push_dynamic(&array_type(schema, table, &table.columns[*column]));
        });
        sql.push(") AS listed (").push_dynamic(&columns).push(")) AS given ORDER BY ").push_dynamic(&given);
        let removed = table.soft_delete();
        let Some((restored, removed)) = self.restored.zip(removed) else {
            on_conflict(&mut sql, schema, table, &self.conflict, ConflictAction::Nothing);
            return sql;
        };
        let at = table.columns.iter().position(|column| column.name == removed.name);
        let live = at.map(|at| (at, ConflictValue::Other(ColumnValue::Sql("NULL"))));
        let set = live.into_iter().chain(restored.into_iter().map(|(at, value)| (at, ConflictValue::Other(value))));
        let is_removed = Filter::Postfix { column: Expr::first(removed.name), test: " IS NOT NULL" };
        let action = ConflictAction::Update { set: set.collect(), live_only: false, condition: Some(is_removed) };
        on_conflict(&mut sql, schema, table, &self.conflict, action);
        sql
    }
}

/// Returns the condition that these columns are one of the keys: `("a", "b") IN (SELECT * FROM unnest($1::int4[], $2::text[]))`.
pub(crate) fn is_among(schema: &Ident, table: &'static Table, keys: &[usize], targets: &[ParamArray]) -> Filter {
    let (mut texts, mut values): (Vec<&'static str>, Vec<Expr>) = (vec!["("], Vec::new());
    for column in keys {
        values.push(Expr::first(table.columns[*column].name));
        texts.push(", ");
    }
    let last = texts.len() - 1;
    texts[last] = ") IN (SELECT * FROM unnest(";
    for (column, array) in keys.iter().zip(targets) {
        values.push(Expr::Value(Param::new(array.clone()), None));
        values.push(Expr::Text(array_type(schema, table, &table.columns[*column]).into()));
        texts.extend(["::", ", "]);
    }
    let last = texts.len() - 1;
    texts[last] = "))";
    Filter::holds(Expr::tree(Node::Pieces(Cow::Owned(texts), values)))
}
