//! Writes CREATE statements from metadata: types, tables in foreign-key order, indexes, comments.

mod constraint_name;
mod constraints;
mod error;
mod fragment_checks;
mod index;
mod majors;
mod names;
mod order;
mod table;
mod types;

use crate::ident::Ident;
use crate::schema::Table;
use crate::sql::ddl::names::TakenNames;

pub(crate) use constraint_name::constraint_name;
pub(crate) use error::DdlError;
pub(crate) use majors::lacking;
#[cfg(feature = "dev")]
pub(crate) use names::generated as generated_name;
pub(crate) use types::{CreatedType, TypeDefinition, created_types};
#[cfg(feature = "dev")]
pub(crate) use types::{column_type, serial_type};

/// Returns the statements that create `tables`, without semicolons. Tables that name no schema are created in `schema`.
///
/// Parents come before children. If foreign keys form a cycle, the last of them is added when both tables exist.
#[cfg(any(feature = "dev", test))]
pub(crate) fn create(schema: &Ident, tables: &[&'static Table]) -> Result<Vec<String>, DdlError> {
    let types = created_types(schema, tables)?;
    let mut statements: Vec<String> = types.iter().map(CreatedType::create).collect();
    statements.extend(create_tables(schema, tables)?);
    Ok(statements)
}

/// Like [`create`], for types that exist already.
pub(crate) fn create_tables(schema: &Ident, tables: &[&'static Table]) -> Result<Vec<String>, DdlError> {
    tables.iter().try_for_each(|table| fragment_checks::check(table))?;
    let mut taken = TakenNames::default();
    let plan = order::order(schema, tables)?;
    let mut statements = Vec::new();
    for step in &plan {
        statements.extend(table::sequences(schema, step.table, &mut taken)?);
        statements.push(table::create(schema, step, &mut taken)?);
        statements.extend(table::after(schema, step)?);
    }
    for step in &plan {
        for key in &step.deferred {
            statements.push(table::add_foreign_key(schema, step.table, key, &mut taken)?);
        }
    }
    for step in &plan {
        for index in step.table.indexes {
            statements.push(index::create(schema, step.table, index, &mut taken)?);
        }
        statements.extend(table::comments(schema, step.table));
    }
    Ok(statements)
}

/// Returns the names of the sequences that are created by statements of their own, before the tables.
pub(crate) fn sequence_names(tables: &[&'static Table]) -> Vec<String> {
    tables.iter().flat_map(|table| table::sequence_names(table)).collect()
}

/// Returns the schemas that `tables` name, each once.
pub(crate) fn named_schemas(tables: &[&'static Table]) -> Vec<&'static str> {
    let mut named: Vec<&'static str> = Vec::new();
    for schema in tables.iter().filter_map(|table| table.schema) {
        if !named.contains(&schema) {
            named.push(schema);
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Check, Column, ForeignKey, Index, IndexPart, Literal, ReferentialAction, Unique};

    const PARENT: Table = Table::new("parent", &[Column::of::<i64>("id")], &["id"]);
    const CHILD: Table = Table::new(
        "child",
        &[
            Column::of::<i64>("id"),
            Column::of::<i64>("parent_id"),
            Column::of::<String>("status").sql_type("varchar(20)").default(Literal::Text("it's")).comment("a 'state'"),
            Column::of::<Option<String>>("note"),
        ],
        &["id"],
    )
    .uniques(&[Unique::new(&["parent_id", "status"])])
    .checks(&[Check::new("status_given", "status <> ''")])
    .foreign_keys(&[ForeignKey::new(&["parent_id"], || &PARENT, &["id"]).on_delete(ReferentialAction::Cascade)])
    .indexes(&[Index::new(&[IndexPart::column("status").desc(), IndexPart::expression("lower(note)")])
        .predicate("note IS NOT NULL")
        .include(&["id"])]);

    static LEFT: Table = Table::new("left", &[Column::of::<i64>("id")], &["id"]).foreign_keys(&[ForeignKey::new(
        &["id"],
        || &RIGHT,
        &["id"],
    )]);
    static RIGHT: Table = Table::new("right", &[Column::of::<i64>("id")], &["id"]).foreign_keys(&[ForeignKey::new(
        &["id"],
        || &LEFT,
        &["id"],
    )]);

    static CLASH: Table = Table::new("t", &[Column::of::<i64>("a_b"), Column::of::<i64>("c")], &["c"])
        .uniques(&[Unique::new(&["a_b"]), Unique::new(&["c"]).name("t_a_b_key")]);

    #[test]
    fn creates_parents_first_and_quotes_everything() {
        let statements = create(&Ident::public(), &[&CHILD, &PARENT]).expect("valid tables");
        assert_eq!(
            statements,
            [
                "CREATE TABLE \"public\".\"parent\" (\n  \"id\" bigint NOT NULL,\n  CONSTRAINT \"parent_pkey\" PRIMARY KEY (\"id\")\n)",
                "CREATE TABLE \"public\".\"child\" (\n  \"id\" bigint NOT NULL,\n  \"parent_id\" bigint NOT NULL,\n  \
                 \"status\" varchar(20) NOT NULL DEFAULT 'it''s',\n  \"note\" text,\n  \
                 CONSTRAINT \"child_pkey\" PRIMARY KEY (\"id\"),\n  \
                 CONSTRAINT \"child_parent_id_status_key\" UNIQUE (\"parent_id\", \"status\"),\n  \
                 CONSTRAINT \"status_given\" CHECK (status <> ''),\n  \
                 CONSTRAINT \"child_parent_id_fkey\" FOREIGN KEY (\"parent_id\") REFERENCES \"public\".\"parent\" (\"id\") ON DELETE CASCADE\n)",
                "CREATE INDEX \"child_status_expr_idx\" ON \"public\".\"child\" (\"status\" DESC, (lower(note))) INCLUDE (\"id\") WHERE note IS NOT NULL",
                "COMMENT ON COLUMN \"public\".\"child\".\"status\" IS 'a ''state'''",
            ]
        );
    }

    #[test]
    fn a_cycle_is_closed_after_both_tables_exist() {
        let statements = create(&Ident::public(), &[&LEFT, &RIGHT]).expect("valid tables");
        assert!(statements[0].starts_with("CREATE TABLE \"public\".\"left\""));
        assert!(!statements[0].contains("FOREIGN KEY"));
        assert!(statements[1].contains("FOREIGN KEY"));
        assert!(
            statements[2].starts_with("ALTER TABLE \"public\".\"left\" ADD CONSTRAINT \"left_id_fkey\" FOREIGN KEY")
        );
    }

    #[test]
    fn refuses_one_table_twice_and_one_name_twice() {
        let twice = create(&Ident::public(), &[&PARENT, &PARENT]).expect_err("listed twice");
        assert!(matches!(twice, DdlError::RepeatedTable { .. }));
        let clash = create(&Ident::public(), &[&CLASH]).expect_err("one name twice");
        assert!(matches!(clash, DdlError::NameTaken { .. }), "{clash}");
    }

    static OPEN: Table = Table::new("t", &[Column::of::<i64>("id").default_sql("1, z int")], &["id"]);
    static CLOSED: Table = Table::new("t", &[Column::of::<i64>("id").sql_type("bigint); DROP TABLE a; --")], &["id"]);
    static CHECKED: Table =
        Table::new("t", &[Column::of::<i64>("id")], &["id"]).checks(&[Check::new("c", "true) , (a int")]);
    static PARTIAL: Table = Table::new("t", &[Column::of::<i64>("id")], &["id"])
        .indexes(&[Index::new(&[IndexPart::column("id")]).predicate("id > 0; DROP TABLE a")]);

    #[test]
    fn refuses_a_fragment_that_continues_after_its_end() {
        for (table, words) in [
            (&OPEN, "the default_sql of t.id: `1, z int` is not one expression"),
            (&CLOSED, "the sql_type of t.id: `bigint); DROP TABLE a; --` is not one type"),
            (&CHECKED, "check c of t: `true) , (a int` is not one expression"),
            (&PARTIAL, "the `where` of an index of t: `id > 0; DROP TABLE a` is not one expression"),
        ] {
            let error = create(&Ident::public(), &[table]).expect_err(words).to_string();
            assert!(error.starts_with(words), "{error}");
        }
    }

    #[test]
    fn tables_may_have_checks_and_foreign_keys_of_one_name() {
        static OTHER: Table = Table::new("other", CHILD.columns, &["id"])
            .checks(CHILD.checks)
            .foreign_keys(&[ForeignKey::new(&["parent_id"], || &PARENT, &["id"]).name("child_parent_id_fkey")]);
        let statements = create(&Ident::public(), &[&PARENT, &CHILD, &OTHER]).expect("a name space per table");
        for name in ["CONSTRAINT \"status_given\"", "CONSTRAINT \"child_parent_id_fkey\""] {
            assert_eq!(statements.iter().filter(|statement| statement.contains(name)).count(), 2, "{name}");
        }
    }
}
