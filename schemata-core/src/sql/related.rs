//! Reads the rows that belong to a page of other rows, in one statement for any size of the page.

use crate::ident::{Ident, quoted};
use crate::param::Param;
use crate::schema::{Column, Table, TypeKind};
use crate::sql::expr_text::write_order;
use crate::sql::scope::Scope;
use crate::sql::tree::{Expr, Filter, List, Query, SortKey, TableRef};
use crate::sql::writer::Sql;

/// The keys by which rows belong to their owners.
pub(crate) struct OwnerKeys {
    /// Columns of the owners in memory.
    pub(crate) given: Vec<GivenColumn>,
    /// Where the keys are, if they are not the given columns themselves.
    pub(crate) stored: Option<StoredKeys>,
    /// The columns of the query that equal the keys.
    pub(crate) sought: Vec<Expr>,
}

/// A column of the owners in memory.
pub(crate) struct GivenColumn {
    /// The table of the owners.
    pub(crate) table: &'static Table,
    pub(crate) column: &'static Column,
    /// The values as an array, one element per owner.
    pub(crate) values: Param,
}

/// Keys that are read from the stored owners: those in memory are matched by their primary key.
pub(crate) struct StoredKeys {
    pub(crate) table: &'static Table,
    pub(crate) keys: Vec<&'static str>,
    /// The condition on owners that have related rows at all.
    pub(crate) when: Option<Filter>,
}

impl OwnerKeys {
    /// Writes the owners as a table called `given`: the keys, called k1, k2 and so on, and the owner's number from one.
    ///
    /// ```sql
    /// unnest($1::uuid[]) WITH ORDINALITY AS given (k1, owner)
    /// -- or, for keys that are stored:
    /// (SELECT stored."owner_id" AS k1, given.owner
    ///  FROM unnest($1::uuid[]) WITH ORDINALITY AS given (k1, owner)
    ///  LEFT JOIN "public"."crate_owners" AS stored ON stored."id" = given.k1 AND stored."kind" = $2) AS given
    /// ```
    fn write(self, sql: &mut Sql, schema: &Ident) {
        if let Some(stored) = &self.stored {
            sql.push("(SELECT ").list(", ", stored.keys.iter().enumerate(), |sql, (at, key)| {
                sql.push("stored.").ident(key).push_dynamic(&format!(" AS k{}", at + 1));
            });
            sql.push(", given.owner FROM ");
        }
        let columns = names(self.given.len()).join(", ");
        let matched: Vec<&'static str> = self.given.iter().map(|given| given.column.name).collect();
        sql.push("unnest(").list(", ", self.given, |sql, key| {
            let ty = array_type(schema, key.table, key.column);
            sql.param(key.values).push("::").push_dynamic(&ty);
        });
        sql.push(") WITH ORDINALITY AS given (").push_dynamic(&columns).push(", owner)");
        let Some(StoredKeys { table, when, .. }) = self.stored else { return };
        sql.push(" LEFT JOIN ").table(schema, table).push(" AS stored ON ");
        sql.list(" AND ", matched.iter().enumerate(), |sql, (at, column)| {
            sql.push("stored.").ident(column).push_dynamic(&format!(" = given.k{}", at + 1));
        });
        if let Some(when) = when {
            sql.push(" AND ");
            when.write(sql, &Scope::named(schema, "stored"));
        }
        sql.push(") AS given");
    }

    /// Returns the condition that a row belongs to an owner, whose keys are columns of `table`.
    fn condition(&self, table: &str) -> Filter {
        let pairs = self.sought.iter().zip(names(self.sought.len()));
        Filter::all(pairs.map(|(sought, name)| Filter::Operands {
            left: sought.clone(),
            operator: " = ",
            right: Expr::Text(format!("{table}.{name}").into()),
        }))
    }
}

fn names(keys: usize) -> Vec<String> {
    (1..=keys).map(|nth| format!("k{nth}")).collect()
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
/// PostgreSQL compares the keys by the rules of their types. Owners with equal keys share their rows.
pub(crate) fn numbered(schema: &Ident, keys: OwnerKeys, mut query: Query) -> Sql {
    let (mut sql, found) = (Sql::default(), Scope::named(schema, "found"));
    let belongs = keys.condition("keys");
    let listed = Listed::of(&mut query);
    sql.push("SELECT keys.owner, keys.owners, ");
    listed.write(&mut sql, &query, &found);
    let names: Vec<String> = names(keys.sought.len()).iter().map(|name| format!("given.{name}")).collect();
    let columns = names.join(", ");
    sql.push(" FROM (SELECT ").push_dynamic(&columns).push(OWNERS).push(" FROM ");
    keys.write(&mut sql, schema);
    sql.push(" GROUP BY ").push_dynamic(&columns).push(") AS keys CROSS JOIN LATERAL (");
    if query.limit.is_none() {
        // The whole is sorted below. Without order and limit, PostgreSQL turns the sub-select into a plain join.
        query.order.clear();
    }
    // The program reads the rows of the sub-select, so it may change them.
    query.is_mapped = false;
    query.filter = Some(Filter::all([belongs].into_iter().chain(query.filter)));
    query.write_inner(&mut sql, &found);
    sql.push(") AS found");
    if let Listed::Renamed { inner, .. } = &listed {
        let columns: Vec<String> = (1..=*inner).map(|nth| format!("c{nth}")).collect();
        sql.push(" (").push_dynamic(&columns.join(", ")).push(")");
    }
    write_order(&mut sql, &found, listed.order(), " ORDER BY ");
    sql
}

/// Returns the statement for the aggregates that `query` lists, over the rows of each owner. Each owner has one row, in their
/// order.
///
/// ```sql
/// SELECT found.* FROM unnest($1::uuid[]) WITH ORDINALITY AS given (k1, owner) CROSS JOIN LATERAL
///   (SELECT count(*) FROM "public"."orders" AS s1 WHERE s1."customer_id" = given.k1) AS found
/// ORDER BY given.owner
/// ```
pub(crate) fn totals(schema: &Ident, keys: OwnerKeys, mut query: Query) -> Sql {
    let (mut sql, found) = (Sql::default(), Scope::named(schema, "found"));
    let belongs = keys.condition("given");
    sql.push("SELECT found.* FROM ");
    keys.write(&mut sql, schema);
    sql.push(" CROSS JOIN LATERAL (");
    query.filter = Some(Filter::all([belongs].into_iter().chain(query.filter)));
    query.write_inner(&mut sql, &found);
    sql.push(") AS found ORDER BY given.owner");
    sql
}

/// What a query lists, as columns of the table `found`, and the order by such columns.
enum Listed {
    /// The columns of one table, by their names.
    Columns(Vec<SortKey>),
    /// Expressions, which are columns called c1, c2 and so on. The sort keys follow what is listed.
    Renamed { names: Vec<Option<&'static str>>, inner: usize, order: Vec<SortKey> },
}

impl Listed {
    /// Adds to the list of `query` what its order needs.
    fn of(query: &mut Query) -> Self {
        let order = query.order.clone();
        let model = query.from.model;
        let is_own = |key: &SortKey| match key.expr.as_column().map(|column| column.table) {
            Some(TableRef::Model(table)) => Some(table) == model,
            Some(TableRef::First) => true,
            _ => false,
        };
        if matches!(query.list, List::Whole) && order.iter().all(is_own) {
            return Self::Columns(order);
        }
        let mut list = match std::mem::replace(&mut query.list, List::Whole) {
            List::Whole => query.from.table.columns.iter().map(|column| Expr::first(column.name)).collect(),
            List::Of(list) => list,
        };
        let names: Vec<_> = list.iter().map(|expr| expr.as_column().map(|column| column.name)).collect();
        let mut outer = Vec::new();
        for key in order {
            list.push(key.expr);
            outer.push(SortKey { expr: Expr::Text(format!("found.c{}", list.len()).into()), ..key });
        }
        let inner = list.len();
        query.list = List::Of(list);
        Self::Renamed { names, inner, order: outer }
    }

    fn write(&self, sql: &mut Sql, query: &Query, found: &Scope<'_>) {
        match self {
            Self::Columns(_) => query.write_list(sql, found),
            Self::Renamed { names, .. } => {
                sql.list(", ", names.iter().enumerate(), |sql, (at, name)| {
                    sql.push_dynamic(&format!("found.c{}", at + 1));
                    if let Some(name) = name {
                        sql.push(" AS ").ident(name);
                    }
                });
            }
        }
    }

    fn order(&self) -> &[SortKey] {
        match self {
            Self::Columns(order) | Self::Renamed { order, .. } => order,
        }
    }
}

/// Returns the type of a column's values, without modifiers: a cast to `varchar(20)` would truncate longer texts.
pub(crate) fn value_type(schema: &Ident, table: &Table, column: &Column) -> String {
    match (column.declared, column.sql_type.kind) {
        (Some(declared), _) => match unmodified(declared).as_str() {
            // Without a length, these mean a length of one.
            "char" | "character" => "bpchar".to_owned(),
            plain => plain.to_owned(),
        },
        (
            None,
            TypeKind::Enum { schema: own, .. }
            | TypeKind::Domain { schema: own, .. }
            | TypeKind::Composite { schema: own, .. },
        ) => {
            let home = own.or(table.schema).unwrap_or(schema.as_str());
            format!("{}.{}", quoted(home), quoted(column.sql_type.name))
        }
        (None, _) => column.sql_type.name.to_owned(),
    }
}

/// Returns the array type of [`value_type`].
pub(crate) fn array_type(schema: &Ident, table: &Table, column: &Column) -> String {
    value_type(schema, table, column) + "[]"
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
        let key =
            |at: usize| GivenColumn { table: &TABLE, column: &COLUMNS[at], values: Param::new(Vec::<i32>::new()) };
        let sought = vec![Expr::first("a"), Expr::first("b")];
        let keys = OwnerKeys { given: vec![key(0), key(1)], stored: None, sought };
        let sql = numbered(&Ident::public(), keys, Query::of(&TABLE));
        assert!(
            sql.text.to_text().contains("unnest($1::bpchar[], $2::integer[]) WITH ORDINALITY"),
            "{}",
            sql.text.to_text()
        );
        assert!(
            sql.text.to_text().contains(r#"WHERE ("s1"."a" = keys.k1 AND "s1"."b" = keys.k2)) AS found"#),
            "{}",
            sql.text.to_text()
        );
    }
}
