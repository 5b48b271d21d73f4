//! Gives the scratch database the shape of the live one: creates there the objects that the live database has beyond its
//! migrations, so that everything that depends on a table takes part. Rows are not copied.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::catalog::{
    Catalog, CatalogSource, ColumnState, Comparison, ConstraintKind, DatabaseContents, DatabaseObject, Definition,
    Generated, TableState, read_schemas,
};
use crate::ident::{Ident, quoted};
use crate::migrate::MigrateError;
use crate::prove::measure::dependent_schemas;
use crate::qualified_name::QualifiedName;
use crate::sql::literal::quote_literal;

/// The objects of the live database.
pub(super) struct LiveShape {
    whole: DatabaseContents,
    publications: Vec<String>,
    /// The number of schemas that depend on the migrated one, but are beyond the limit.
    left_out: usize,
}

/// The labels of objects that cannot affect any statement of a migration.
const WITHOUT_EFFECT: [&str; 4] = ["comment on ", "privileges on ", "owner of ", "settings of "];

/// Publications of columns or rows in schemas $1; no other kind can stop a statement.
const PUBLICATIONS: &str = "
    SELECT pg_catalog.format('CREATE PUBLICATION %I FOR TABLE ', p.pubname) || pg_catalog.string_agg(
        pg_catalog.format('%I.%I', n.nspname, c.relname)
            || coalesce(' (' || (
                SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
                FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = c.oid AND a.attnum = ANY (r.prattrs)
            ) || ')', '')
            || coalesce(' WHERE (' || pg_catalog.pg_get_expr(r.prqual, r.prrelid) || ')', ''),
        ', '
    ) AS statement
    FROM pg_catalog.pg_publication_rel r
    JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
    JOIN pg_catalog.pg_class c ON c.oid = r.prrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1) AND (r.prattrs IS NOT NULL OR r.prqual IS NOT NULL)
    GROUP BY p.pubname
    ORDER BY 1";

fn failed(source: tokio_postgres::Error) -> MigrateError {
    MigrateError::Session { step: "reading the shape of the database", source }
}

impl LiveShape {
    /// Reads the live database. `main` is the migrated schema, and `major` the server's major version.
    pub(super) async fn read(client: &Client, main: &Ident, major: i32) -> Result<Self, MigrateError> {
        let (further, left_out) = dependent_schemas::find(client, main).await.map_err(failed)?;
        let mut schemas: Vec<&str> = further.iter().map(String::as_str).collect();
        schemas.push(main.as_str());
        let mut publications = Vec::new();
        // In older versions, publications name whole tables only.
        if major >= 15 {
            let rows = client.query_typed(PUBLICATIONS, &[(&schemas, Type::TEXT_ARRAY)]).await.map_err(failed)?;
            publications.extend(rows.iter().map(|row| row.get("statement")));
        }
        let whole = read_schemas(client, main, further).await.map_err(failed)?;
        Ok(Self { whole, publications, left_out })
    }

    /// Creates what the live database has beyond the applied migrations, on the scratch database of `client`, where
    /// these have run. Returns the remaining differences, one sentence per difference.
    pub(super) async fn create_on(&self, client: &Client, main: &Ident) -> Result<Vec<String>, MigrateError> {
        let further = || self.whole.other_schemas.clone();
        let replayed = read_schemas(client, main, further()).await.map_err(failed)?;
        let statements = self.statements(&replayed, main);
        let mut unseen = if statements.is_empty() {
            self.differences(&replayed)
        } else {
            let refused = execute_in_any_order(client, main, statements).await.map_err(failed)?;
            let now = read_schemas(client, main, further()).await.map_err(failed)?;
            let publications = refused.into_iter().filter(|statement| statement.starts_with("CREATE PUBLICATION"));
            self.differences(&now).into_iter().chain(publications).collect()
        };
        if self.left_out > 0 {
            unseen.push(format!("{} more schemas that refer to {main}", self.left_out));
        }
        Ok(unseen)
    }

    /// Returns the statements that create everything that is not in `replayed`.
    fn statements(&self, replayed: &DatabaseContents, main: &Ident) -> Vec<String> {
        let objects = |on_tables: bool| {
            let new = self.whole.objects.iter().filter(move |object| object.depends_on_tables == on_tables);
            let new = new.filter(|object| has_effect(object) && !replayed.objects.contains(object));
            new.filter(|object| !object.statements.is_empty()).map(|object| object.statements.join(";\n"))
        };
        let mut all: Vec<String> = objects(false).collect();
        all.extend(tables(&self.whole.catalog, &replayed.catalog, main));
        all.extend(objects(true));
        all.extend(self.publications.iter().cloned());
        all
    }

    /// Lists how the scratch database differs from the live one.
    fn differences(&self, now: &DatabaseContents) -> Vec<String> {
        let part = |whole: &DatabaseContents| DatabaseContents {
            catalog: without_comments(whole.catalog.clone()),
            objects: whole.objects.iter().filter(|object| has_effect(object)).cloned().collect(),
            other_schemas: Vec::new(),
        };
        let sides = Comparison { expected: CatalogSource::Migrations, found: CatalogSource::Database };
        let all = part(now).differences(&part(&self.whole), sides);
        all.iter().map(ToString::to_string).collect()
    }
}

/// Executes statements, and repeats those that failed as long as that helps, because one may depend on a later one. Returns
/// those that fail in the end.
async fn execute_in_any_order(
    client: &Client,
    main: &Ident,
    statements: Vec<String>,
) -> Result<Vec<String>, tokio_postgres::Error> {
    client.batch_execute(&format!("SET search_path = {main}, pg_temp; SET check_function_bodies = off")).await?;
    let mut left = statements;
    loop {
        let before = left.len();
        let mut failed = Vec::new();
        for statement in left {
            if client.batch_execute(&statement).await.is_err() {
                failed.push(statement);
            }
        }
        left = failed;
        if left.is_empty() || left.len() == before {
            break;
        }
    }
    client.batch_execute("RESET ALL").await?;
    Ok(left)
}

/// Returns whether statements may depend on the object. An object that PostgreSQL does not print has no statement; of these,
/// only foreign tables matter.
fn has_effect(object: &DatabaseObject) -> bool {
    let label = object.label();
    !WITHOUT_EFFECT.iter().any(|kind| label.starts_with(kind))
        && (!object.statements.is_empty() || object.kind == "foreign table")
}

/// Returns the catalog without comments, and without settings that no statement depends on.
fn without_comments(mut catalog: Catalog) -> Catalog {
    for table in catalog.tables.values_mut() {
        table.comment = None;
        table.options.clear();
        for column in table.columns.values_mut() {
            (column.comment, column.statistics, column.compression) = (None, None, None);
            column.options.clear();
            column.not_null.iter_mut().for_each(|constraint| constraint.comment = None);
        }
        table.constraints.values_mut().for_each(|one| one.comment = None);
        table.indexes.values_mut().for_each(|one| one.comment = None);
    }
    catalog.enums.values_mut().for_each(|one| one.comment = None);
    catalog
}

/// Returns the statements that create the tables, columns, types, constraints and indexes of `live` that `replayed` lacks;
/// foreign keys last.
fn tables(live: &Catalog, replayed: &Catalog, main: &Ident) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for (_, new) in live.enums.iter().filter(|(name, _)| !replayed.enums.contains_key(*name)) {
        let labels: Vec<String> = new.labels.iter().map(|label| quote_literal(label)).collect();
        all.push(format!("CREATE TYPE {} AS ENUM ({})", qualified(&new.name, main), labels.join(", ")));
    }
    let mut keys = Vec::new();
    for (name, table) in &live.tables {
        let place = qualified(&table.name, main);
        let there = replayed.tables.get(name);
        match there {
            None => all.push(create_table(table, &place)),
            Some(there) => {
                let new = table.columns_in_order().into_iter().filter(|(name, _)| !there.columns.contains_key(*name));
                all.extend(new.map(|(name, column)| {
                    format!("ALTER TABLE {place} ADD COLUMN {}", column_definition(name, column))
                }));
            }
        }
        let new = table
            .constraints
            .iter()
            .filter(|(name, _)| there.is_none_or(|there| !there.constraints.contains_key(*name)));
        for (name, constraint) in new {
            let valid = if constraint.is_valid() { "" } else { " NOT VALID" };
            let add = format!("ALTER TABLE {place} ADD CONSTRAINT {} {}{valid}", quoted(name), constraint.definition);
            if matches!(constraint.kind, ConstraintKind::ForeignKey { .. }) { &mut keys } else { &mut all }.push(add);
        }
        let new = table.indexes.iter().filter(|(name, _)| there.is_none_or(|there| !there.indexes.contains_key(*name)));
        for (name, index) in new {
            let built = index.definition.strip_prefix("UNIQUE ").unwrap_or(&index.definition);
            let unique = if index.unique { "UNIQUE " } else { "" };
            all.push(format!("CREATE {unique}INDEX {} ON {place} USING {built}", quoted(name)));
        }
    }
    all.extend(keys);
    all
}

fn qualified(name: &QualifiedName, main: &Ident) -> String {
    format!("{}.{}", quoted(name.schema.as_deref().unwrap_or(main.as_str())), quoted(&name.name))
}

fn create_table(table: &TableState, place: &str) -> String {
    let columns: Vec<String> =
        table.columns_in_order().into_iter().map(|(name, column)| column_definition(name, column)).collect();
    let unlogged = if table.unlogged { "UNLOGGED " } else { "" };
    let by = table.partitioned.as_ref().map_or(String::new(), |by| format!(" PARTITION BY {by}"));
    let inherits =
        if table.inherits.is_empty() { String::new() } else { format!(" INHERITS ({})", table.inherits.join(", ")) };
    format!("CREATE {unlogged}TABLE {place} ({}){inherits}{by}", columns.join(", "))
}

fn column_definition(name: &str, column: &ColumnState) -> String {
    let sql_type = match (column.serial, column.sql_type.as_str()) {
        (true, "smallint") => "smallserial",
        (true, "bigint") => "bigserial",
        (true, _) => "serial",
        (false, sql_type) => sql_type,
    };
    let mut text = format!("{} {sql_type}", quoted(name));
    if let Some(collation) = &column.collation {
        text = format!("{text} COLLATE {collation}");
    }
    match (&column.default, column.generated) {
        (Some(of), Some(Generated::Stored)) => text = format!("{text} GENERATED ALWAYS AS ({of}) STORED"),
        (Some(of), Some(Generated::Virtual)) => text = format!("{text} GENERATED ALWAYS AS ({of}) VIRTUAL"),
        (Some(default), None) => text = format!("{text} DEFAULT {default}"),
        (None, _) => {}
    }
    if let Some(identity) = column.identity {
        text = format!("{text} GENERATED {} AS IDENTITY", identity.sql());
        if let Some(options) = &column.sequence {
            text = format!("{text} ({options})");
        }
    }
    if column.nullable { text } else { text + " NOT NULL" }
}
