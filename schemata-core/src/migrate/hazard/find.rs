//! Finds the hazards among a migration's operations, in view of the tables it created and the locks it holds.

use crate::ident::Ident;
use crate::migrate::hazard::clause::TokenizedStatement;
use crate::migrate::hazard::earlier_statements::EarlierStatements;
use crate::migrate::hazard::hazard_types::{Exemption, TableHazard};
use crate::migrate::hazard::refusal::Hazard;
use crate::migrate::hazard::{alter_table, other_statements};
use crate::migrate::migration::operation::{Operation, OperationKind};
use crate::qualified_name::QualifiedName;

/// A hazard with its operation and the table that it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LocatedHazard {
    /// The position of the operation.
    pub(crate) step: usize,
    /// The table (or index) as the live database knows it: with its schema, under its name before this migration.
    pub(crate) relation: QualifiedName,
    /// Whether the statement leaves partitions alone.
    pub(crate) only: bool,
    pub(crate) hazard: Hazard,
    /// A condition of the live table that makes the statement harmless.
    pub(crate) exemption: Option<Exemption>,
    /// The reason for which the migration allows it.
    pub(crate) allowed: Option<String>,
}

/// Returns the hazards of a migration of `schema` that runs after `earlier`.
pub(crate) fn find_hazards(
    schema: &Ident,
    operations: &[Operation],
    earlier: &mut EarlierStatements,
) -> Vec<LocatedHazard> {
    let mut found = Vec::new();
    earlier.commit();
    for (step, operation) in operations.iter().enumerate() {
        if operation.kind != OperationKind::Statement {
            // It commits the statements before it, which frees their locks.
            earlier.commit();
            continue;
        }
        let statement = TokenizedStatement::new(&operation.text);
        for TableHazard { table, only, hazard } in table_hazards(schema, &statement, earlier) {
            if earlier.is_new(&table) {
                continue;
            }
            found.push(LocatedHazard {
                step,
                relation: earlier.live_name(&table).clone(),
                only,
                hazard: Hazard { table: shown(schema, &table), why: hazard.why, safe_form: hazard.safe_form },
                exemption: hazard.exemption,
                allowed: operation.allowed.clone(),
            });
        }
    }
    found
}

/// Returns the hazards of `statement`, each with its qualified table, and records the statement in `earlier`.
fn table_hazards(
    schema: &Ident,
    statement: &TokenizedStatement<'_>,
    earlier: &mut EarlierStatements,
) -> Vec<TableHazard> {
    let qualified = |relation: QualifiedName| relation.or_in(schema.as_str());
    let name = |table: &QualifiedName| shown(schema, &qualified(table.clone()));
    let mut found: Vec<TableHazard> = Vec::new();
    if let Some(alter_table::AlterTableStatement { table, only, actions }) = alter_table::parse(statement) {
        let table = qualified(table);
        let hazards = alter_table::hazards(&name(&table), &table, &actions, earlier);
        found.extend(hazards.into_iter().map(|hazard| TableHazard { table: table.clone(), only, hazard }));
        found.extend(
            alter_table::attached(&name(&table), &actions, name)
                .filter(|attached| !earlier.has_validated_constraint(&qualified(attached.table.clone()))),
        );
        earlier.alter(&table, &actions);
    } else if let Some(hazard) = other_statements::hazard(statement, name) {
        found.push(hazard);
    } else {
        for (table, verb) in other_statements::possibly_scanned(statement) {
            let table = qualified(table);
            if let Some(locked) = earlier.locked(&table) {
                let name = name(&table);
                found.push(other_statements::under_lock(verb, table, &name, &locked.name));
            }
        }
    }
    if let Some(table) = other_statements::created(statement) {
        earlier.create(qualified(table));
    }
    for table in other_statements::locked(statement) {
        earlier.lock(qualified(table));
    }
    found.into_iter().map(|hazard| TableHazard { table: qualified(hazard.table), ..hazard }).collect()
}

/// Returns the name of a table in messages and in the calls of a migration.
fn shown(schema: &Ident, table: &QualifiedName) -> String {
    match &table.schema {
        Some(other) if other != schema.as_str() => format!("{other}.{}", table.name),
        _ => table.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::migration::operation::NameScope;

    fn found(sql: &[&str]) -> Vec<LocatedHazard> {
        let operations: Vec<Operation> = sql.iter().map(|sql| statement(sql)).collect();
        find_hazards(&Ident::public(), &operations, &mut EarlierStatements::default())
    }

    fn statement(sql: &str) -> Operation {
        match sql {
            "COMMIT" => Operation::commit(),
            sql => Operation::statement(sql, NameScope::Own),
        }
    }

    #[test]
    fn dangerous_statements_are_told_from_harmless_ones() {
        for sql in [
            "CREATE INDEX i ON orders (a)",
            "create unique index on \"public\".\"orders\" using btree (a)",
            "ALTER TABLE orders ADD COLUMN a uuid NOT NULL DEFAULT gen_random_uuid()",
            "ALTER TABLE orders ADD a float DEFAULT (random() * 5)",
            "ALTER TABLE orders ADD COLUMN a int GENERATED ALWAYS AS (b + 1) STORED",
            "ALTER TABLE orders ADD COLUMN a bigint GENERATED BY DEFAULT AS IDENTITY",
            "ALTER TABLE orders ADD COLUMN a bigserial",
            "ALTER TABLE orders ADD COLUMN a int UNIQUE",
            "ALTER TABLE orders ADD COLUMN a int NOT NULL",
            "ALTER TABLE orders ADD COLUMN a int CHECK (a > 0)",
            "ALTER TABLE orders ADD COLUMN a int GENERATED ALWAYS AS (b + 1) VIRTUAL NOT NULL",
            "ALTER TABLE orders ADD CONSTRAINT c NOT NULL a",
            "ALTER TABLE orders ALTER CONSTRAINT c ENFORCED",
            "ALTER TABLE orders ADD COLUMN a int DEFAULT 1 REFERENCES b",
            "ALTER TABLE orders ALTER COLUMN a TYPE bigint",
            "ALTER TABLE orders ALTER a SET DATA TYPE bigint USING a::bigint",
            "ALTER TABLE ONLY orders ALTER a SET NOT NULL",
            "ALTER TABLE orders ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES b",
            "ALTER TABLE orders ADD CHECK (a > 0)",
            "ALTER TABLE orders ADD CONSTRAINT c UNIQUE (a)",
            "ALTER TABLE orders ADD PRIMARY KEY (a)",
            "ALTER TABLE IF EXISTS orders SET UNLOGGED",
            "ALTER TABLE orders ADD CONSTRAINT c CHECK (a > 0) NOT VALID, VALIDATE CONSTRAINT c",
            "ALTER TABLE parted ATTACH PARTITION orders FOR VALUES IN (1)",
            "ALTER TABLE orders ALTER COLUMN a SET EXPRESSION AS (b + 1)",
            "REINDEX TABLE orders",
            "CLUSTER orders USING i",
            "VACUUM (FULL, ANALYZE) orders",
            "REFRESH MATERIALIZED VIEW orders",
            "UPDATE orders SET a = 1",
        ] {
            let found = found(&[sql]);
            assert_eq!(found.len(), 1, "{sql}: {found:?}");
            assert_eq!(found[0].hazard.table, "orders", "{sql}");
            assert_eq!(found[0].relation.schema.as_deref(), Some("public"), "{sql}");
        }
        for sql in [
            "CREATE INDEX CONCURRENTLY i ON orders (a)",
            "ALTER TABLE orders ADD COLUMN a varchar(20) NOT NULL DEFAULT 'gen_random_uuid()', ADD b timestamptz DEFAULT now()",
            "ALTER TABLE orders ADD COLUMN a numeric(12,2) DEFAULT '0'::numeric(12,2)",
            "ALTER TABLE orders ADD COLUMN a int REFERENCES b",
            "ALTER TABLE orders ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES b NOT VALID",
            "ALTER TABLE orders ADD CONSTRAINT c UNIQUE USING INDEX i",
            "ALTER TABLE orders VALIDATE CONSTRAINT c",
            "ALTER TABLE orders ADD CONSTRAINT c CHECK (a > 0) NOT ENFORCED",
            "ALTER TABLE orders ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES b NOT ENFORCED",
            "ALTER TABLE orders ADD CONSTRAINT c NOT NULL a NOT VALID",
            "ALTER TABLE orders ALTER CONSTRAINT c NOT ENFORCED",
            "ALTER TABLE orders ALTER CONSTRAINT c DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE orders ADD COLUMN a int GENERATED ALWAYS AS (b + 1) VIRTUAL",
            "ALTER TABLE orders DROP COLUMN a",
            "ALTER TABLE orders ALTER COLUMN a DROP NOT NULL, ALTER a SET DEFAULT 1",
            "UPDATE orders SET a = 1 WHERE id = 3",
            "INSERT INTO orders (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2",
            "REINDEX TABLE CONCURRENTLY orders",
            "SELECT 'ALTER TABLE orders ADD CHECK (a > 0)'",
        ] {
            assert_eq!(found(&[sql]), [], "{sql}");
        }
    }

    #[test]
    fn tables_of_the_same_migration_are_exempt_under_any_name() {
        assert_eq!(found(&["CREATE TABLE a (b int)", "CREATE INDEX ON public.A (b)"]), []);
        assert_eq!(
            found(&["CREATE UNLOGGED TABLE a (b int)", "ALTER TABLE a RENAME TO c", "CREATE INDEX ON c (b)"]),
            []
        );
        assert_eq!(found(&["CREATE TABLE IF NOT EXISTS a (b int)", "CREATE INDEX ON a (b)"]).len(), 1);
        let renamed = found(&["ALTER TABLE a RENAME TO c", "CREATE INDEX ON c (b)"]);
        assert_eq!((renamed[0].relation.name.as_str(), renamed[0].hazard.table.as_str()), ("a", "c"));
    }

    #[test]
    fn a_validation_is_harmless_where_no_strong_lock_is_held() {
        let add = "ALTER TABLE a ADD CONSTRAINT c CHECK (b IS NOT NULL) NOT VALID";
        let validate = "ALTER TABLE a VALIDATE CONSTRAINT c";
        assert_eq!(found(&[add, validate]).len(), 1);
        assert_eq!(found(&[add, "COMMIT", validate]), [], "a commit between them frees the lock");
        let mut operations = [statement(add), statement("SELECT 1"), statement(validate)];
        operations[1].kind = OperationKind::AddEnumValue;
        assert_eq!(
            find_hazards(&Ident::public(), &operations, &mut EarlierStatements::default()),
            [],
            "and so does what commits by itself"
        );
        // Whichever table is locked: its readers wait as long as the validation takes.
        for held in [
            "ALTER TABLE other ADD x int",
            "CREATE TABLE new (a int REFERENCES other)",
            "CREATE INDEX i ON other (x)",
            "LOCK TABLE other",
            "CREATE TRIGGER t BEFORE UPDATE ON other EXECUTE FUNCTION f()",
        ] {
            let all = found(&[held, validate]);
            let last = all.last().unwrap_or_else(|| panic!("{held}"));
            assert!(last.hazard.why.ends_with("an earlier statement on other"), "{held}: {}", last.hazard.why);
            assert_eq!(found(&[held, "COMMIT", validate]).len(), all.len() - 1, "{held}");
        }
        assert_eq!(found(&["CREATE TABLE other (x int)", "ALTER TABLE other ADD y int", validate]), [], "nobody waits");
    }

    #[test]
    fn not_null_is_harmless_where_a_check_was_validated_that_is_still_there() {
        let add = "ALTER TABLE a ADD CONSTRAINT c CHECK (b IS NOT NULL) NOT VALID";
        let validate = "ALTER TABLE a VALIDATE CONSTRAINT c";
        let set = "ALTER TABLE a ALTER b SET NOT NULL";
        assert_eq!(found(&[add, "COMMIT", validate, set]), []);
        assert_eq!(found(&[add, "COMMIT", validate, "COMMIT", set, "ALTER TABLE a DROP CONSTRAINT c"]), []);
        assert_eq!(
            found(&[add, "COMMIT", validate, "ALTER TABLE a RENAME TO d", "ALTER TABLE d ALTER b SET NOT NULL"]),
            []
        );
        assert_eq!(found(&[add, set]).len(), 1, "not validated");
        assert_eq!(found(&[add, "COMMIT", validate, "ALTER TABLE a ALTER e SET NOT NULL"]).len(), 1, "another column");
        assert_eq!(found(&[add, "COMMIT", validate, "ALTER TABLE a DROP CONSTRAINT c", set]).len(), 1, "gone");
        let named = "ALTER TABLE a ADD CONSTRAINT c NOT NULL b NOT VALID";
        assert_eq!(found(&[named, "COMMIT", validate, set]), [], "PostgreSQL 18");
        let virtual_column = Some(Exemption::Virtual { column: "b".into() });
        assert_eq!(found(&["ALTER TABLE a ALTER b SET EXPRESSION AS (c)"])[0].exemption, virtual_column);
        // PostgreSQL drops constraints first.
        let both = "ALTER TABLE a ALTER b SET NOT NULL, DROP CONSTRAINT c";
        assert_eq!(found(&[add, "COMMIT", validate, both]).len(), 1);
        // The database knows the constraints that no migration created.
        let exemption = Some(Exemption::NeverNull { column: "b".into(), constraints: vec!["c".into()] });
        assert_eq!(found(&[validate, set])[0].exemption, exemption);
    }

    #[test]
    fn rows_are_changed_under_no_lock_of_an_earlier_statement() {
        let add = "ALTER TABLE a ADD b int";
        for change in [
            "UPDATE a SET b = 1 WHERE c",
            "DELETE FROM ONLY a WHERE c",
            "UPDATE other SET b = 1 WHERE c",
            "CREATE TABLE new AS SELECT * FROM a",
            "INSERT INTO new SELECT 1 FROM ONLY a",
            "WITH old AS (DELETE FROM a RETURNING *) SELECT 1",
        ] {
            assert_eq!(found(&[add, change]).len(), 1, "{change}");
            assert_eq!(found(&[add, "COMMIT", change]), [], "{change}");
        }
        let change = "UPDATE a SET b = 1 WHERE c";
        for locks in
            ["TRUNCATE TABLE ONLY a", "LOCK TABLE a", "CREATE TRIGGER t BEFORE INSERT ON a EXECUTE FUNCTION f()"]
        {
            assert!(found(&[locks, change]).len() > found(&[locks]).len(), "{locks}");
        }
        assert_eq!(found(&["SELECT 1 FROM a JOIN b ON true", change]), [], "a read");
    }

    #[test]
    fn what_earlier_migrations_do_is_known_to_the_next() {
        let mut earlier = EarlierStatements::default();
        let mut next = |sql: &[&str]| {
            let operations: Vec<Operation> = sql.iter().map(|sql| statement(sql)).collect();
            find_hazards(&Ident::public(), &operations, &mut earlier)
        };
        assert_eq!(
            next(&["ALTER TABLE a ADD CONSTRAINT c CHECK (b IS NOT NULL) NOT VALID", "ALTER TABLE d RENAME TO e"]),
            []
        );
        assert_eq!(next(&["ALTER TABLE a VALIDATE CONSTRAINT c", "ALTER TABLE a ALTER b SET NOT NULL"]), []);
        assert_eq!(next(&["CREATE INDEX ON e (a)"])[0].relation.name, "d", "the live database knows it by that name");
    }

    #[test]
    fn the_safe_form_is_spelled_out() {
        let safe = |sql: &str| found(&[sql])[0].hazard.safe_form.clone();
        assert_eq!(
            safe("CREATE UNIQUE INDEX i ON orders (lower(a)) WHERE b"),
            r#"m.create_index("i", "orders (lower(a)) WHERE b").unique().concurrently().await?"#
        );
        assert_eq!(
            safe("ALTER TABLE orders ADD CONSTRAINT orders_a_fkey FOREIGN KEY (a) REFERENCES b"),
            r#"m.alter_table("orders").add_constraint("orders_a_fkey", "FOREIGN KEY (a) REFERENCES b NOT VALID").await?; m.commit().await?; m.alter_table("orders").validate_constraint("orders_a_fkey").await?"#
        );
        assert_eq!(
            safe("ALTER TABLE orders ADD COLUMN a uuid NOT NULL DEFAULT gen_random_uuid()"),
            r#"m.alter_table("orders").add_column("a", "uuid").set_default("a", "gen_random_uuid()").await?; m.backfill("orders").set("a = gen_random_uuid()").filter("a IS NULL").await?"#
        );
        assert!(
            safe("ALTER TABLE orders ADD COLUMN a int CHECK (a > 0) NOT NULL").contains("\"CHECK (a > 0) NOT VALID\"")
        );
    }

    #[test]
    fn only_a_created_table_is_new() {
        let added = "ALTER TABLE orders ADD COLUMN a uuid NOT NULL DEFAULT gen_random_uuid()";
        assert!(found(&["CREATE TABLE orders (id int)", added]).is_empty());
        for created in ["CREATE TABLE IF NOT EXISTS orders (id int)", "CREATE TYPE orders AS (a int)"] {
            assert_eq!(found(&[created, added]).len(), 1, "{created}");
        }
    }
}
