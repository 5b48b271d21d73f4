//! Reads the rows that belong to a page of other rows, in one statement for any size of the page.

use crate::ident::{Ident, quoted};
use crate::param::Param;
use crate::schema::{Column, Table, TypeKind};
use crate::sql::expr_text::write_order;
use crate::sql::scope::Scope;
use crate::sql::tree::{Expr, Filter, Query};
use crate::sql::writer::Sql;

/// A column of a key, with the values to search for.
pub(crate) struct KeyColumn {
    /// The column of the table that is searched.
    pub(crate) sought: &'static str,
    /// The table that the values come from.
    pub(crate) table: &'static Table,
    /// The column that the values come from.
    pub(crate) column: &'static Column,
    /// The values as an array, one element per owner.
    pub(crate) values: Param,
}

/// The owners of the rows of a key.
const OWNERS: &str = ", min(given.owner) AS owner, CASE WHEN count(*) > 1 THEN array_agg(given.owner) END AS owners";

/// Returns the statement for the rows of `query` that have one of the keys. Each row follows the number of its first owner,
/// counted from one, and the numbers of all owners if there are several: an array for every row would cost the most.
///
/// ```sql
/// SELECT keys.owner, keys.owners, found."id", … FROM
///   (SELECT given.k1, min(given.owner) AS owner, CASE WHEN count(*) > 1 THEN array_agg(given.owner) END AS owners
///    FROM unnest($1::uuid[]) WITH ORDINALITY AS given (k1, owner) GROUP BY given.k1) AS keys CROSS JOIN LATERAL
///   (SELECT s1."id", … FROM "public"."orders" AS s1 WHERE s1."customer_id" = keys.k1 ORDER BY … LIMIT $2) AS found
/// ORDER BY …
/// ```
///
/// PostgreSQL compares the keys by the rules of their types. A row that several owners share is returned once.
pub(crate) fn related(schema: &Ident, keys: Vec<KeyColumn>, mut query: Query) -> Sql {
    let (mut sql, found) = (Sql::default(), Scope::named(schema, "found"));
    let names: Vec<String> = (1..=keys.len()).map(|nth| format!("k{nth}")).collect();
    let sought: Vec<&'static str> = keys.iter().map(|key| key.sought).collect();
    sql.push("SELECT keys.owner, keys.owners, ");
    query.write_list(&mut sql, &found);
    sql.push(" FROM (SELECT ");
    sql.list(", ", &names, |sql, name| {
        sql.push("given.").push(name);
    });
    sql.push(OWNERS).push(" FROM unnest(").list(", ", keys, |sql, key| {
        let ty = array_type(schema, key.table, key.column);
        sql.param(key.values).push("::").push(&ty);
    });
    let columns = names.join(", ");
    sql.push(") WITH ORDINALITY AS given (").push(&columns).push(", owner) GROUP BY ").push(&columns);
    sql.push(") AS keys CROSS JOIN LATERAL (");
    let order = query.order.clone();
    if query.limit.is_none() {
        // The whole is sorted below. Without order and limit, PostgreSQL turns the sub-select into a plain join.
        query.order.clear();
    }
    let joined = sought.into_iter().zip(names).map(|(sought, name)| Filter::Operands {
        left: Expr::first(sought),
        operator: " = ",
        right: Expr::Text(format!("keys.{name}").into()),
    });
    query.filter = Some(Filter::all(joined.chain(query.filter)));
    query.write_inner(&mut sql, &found);
    sql.push(") AS found");
    write_order(&mut sql, &found, &order, " ORDER BY ");
    sql
}

/// Returns the array type of a column's values, without modifiers: a cast to `varchar(20)[]` would truncate longer texts.
fn array_type(schema: &Ident, table: &Table, column: &Column) -> String {
    let name = match (column.declared, column.sql_type.kind) {
        (Some(declared), _) => match unmodified(declared).as_str() {
            // Without a length, these mean a length of one.
            "char" | "character" => "bpchar".to_owned(),
            plain => plain.to_owned(),
        },
        (None, TypeKind::Enum { schema: own, .. }) => {
            let home = own.or(table.schema).unwrap_or(schema.as_str());
            format!("{}.{}", quoted(home), quoted(column.sql_type.name))
        }
        (None, _) => column.sql_type.name.to_owned(),
    };
    name + "[]"
}

/// Returns a type without its modifier: `timestamp(3) with time zone` without `(3)`.
fn unmodified(declared: &str) -> String {
    let mut depth = 0_u32;
    let kept = declared.chars().filter(|letter| match letter {
        '(' => {
            depth += 1;
            false
        }
        ')' => {
            depth = depth.saturating_sub(1);
            false
        }
        _ => depth == 0,
    });
    kept.collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[Column::of::<String>("code").sql_type("char(5)"), Column::of::<i32>("id")];
    const TABLE: Table = Table::new("t", COLUMNS, &["id"]);

    #[test]
    fn a_cast_has_no_length() {
        let ty = |declared| array_type(&Ident::public(), &TABLE, &Column::of::<String>("x").sql_type(declared));
        assert_eq!(ty("varchar(20)"), "varchar[]");
        assert_eq!(ty("char(5)"), "bpchar[]");
        assert_eq!(ty("timestamp(3) with time zone"), "timestamp with time zone[]");
    }

    #[test]
    fn keys_of_two_columns_travel_as_two_arrays() {
        let key = |at: usize, sought| KeyColumn {
            sought,
            table: &TABLE,
            column: &COLUMNS[at],
            values: Param::new(Vec::<i32>::new()),
        };
        let sql = related(&Ident::public(), vec![key(0, "a"), key(1, "b")], Query::of(&TABLE));
        assert!(sql.text.contains("unnest($1::bpchar[], $2::integer[]) WITH ORDINALITY"), "{}", sql.text);
        assert!(sql.text.contains(r#"WHERE ("s1"."a" = keys.k1 AND "s1"."b" = keys.k2)) AS found"#), "{}", sql.text);
    }
}
