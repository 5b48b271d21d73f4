//! A whole database: its catalog, and every other object as the statements that create it.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::catalog::diff::comparison::{Comparison, Difference};
use crate::catalog::diff::pairs::{Pair, in_order};
use crate::catalog::diff::report::differences;
use crate::catalog::read::{self, CatalogReader, begin_snapshot};
use crate::catalog::snapshot::Catalog;
use crate::ident::Ident;

/// The contents of all schemas but the system's own.
#[derive(Debug)]
pub(crate) struct DatabaseContents {
    /// Tables, columns and enum types.
    pub(crate) catalog: Catalog,
    /// The other objects; those that may refer to tables come last.
    pub(crate) objects: Vec<DatabaseObject>,
    /// The schemas beside the main one.
    pub(crate) other_schemas: Vec<String>,
}

/// An object that is no table, column or enum type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DatabaseObject {
    pub(crate) kind: String,
    pub(crate) name: String,
    /// The statements that create it; none if PostgreSQL does not print it.
    pub(crate) statements: Vec<String>,
    /// Whether it may refer to tables.
    pub(crate) depends_on_tables: bool,
}

/// A query about objects: they are selected by the same head, and sorted.
macro_rules! objects {
    ($($file:literal),+) => {
        concat!(
            include_str!("sql/objects/selected.sql"),
            $(include_str!(concat!("sql/objects/", $file)),)+
            "ORDER BY kind, name, statements"
        )
    };
}

/// Objects that have to exist before tables. Only functions can refer to a table.
const BEFORE_TABLES: &[&str] = &[
    objects!("schemas.sql"),
    objects!("extensions.sql"),
    objects!("collations.sql"),
    objects!("range_types.sql"),
    objects!("domains.sql"),
    objects!("composite_types.sql"),
    objects!("sequences.sql"),
    objects!("functions.sql"),
    objects!("aggregates.sql"),
    objects!("text_search.sql"),
];

/// Objects that belong to tables, or may refer to them.
const AFTER_TABLES: &[&str] = &[
    objects!("partitions.sql"),
    objects!("partition_columns.sql"),
    objects!("partition_constraints.sql"),
    objects!("sequence_owners.sql"),
    objects!("table_settings.sql"),
    objects!("views.sql"),
    objects!("view_defaults.sql"),
    objects!("column_settings.sql"),
    objects!("indexes.sql"),
    objects!("index_settings.sql"),
    objects!("rules.sql"),
    objects!("statistics.sql"),
    objects!("triggers.sql"),
    objects!("row_security.sql"),
    objects!("../printed_policies.sql", "policies.sql"),
    objects!("comments.sql"),
    objects!("privileges.sql"),
    objects!("function_privileges.sql"),
    objects!("owners.sql"),
    objects!("unprinted.sql"),
];

/// Reads a whole database; `main` is the migrated schema.
pub(crate) async fn read_database(client: &Client, main: &Ident) -> Result<DatabaseContents, tokio_postgres::Error> {
    let rows = client.query_typed(include_str!("sql/other_schemas.sql"), &[(&main.as_str(), Type::TEXT)]).await?;
    read_schemas(client, main, rows.iter().map(|row| row.get("name")).collect()).await
}

/// Reads the `main` and the `other` schemas.
pub(crate) async fn read_schemas(
    client: &Client,
    main: &Ident,
    other: Vec<String>,
) -> Result<DatabaseContents, tokio_postgres::Error> {
    let names: Vec<&str> = other.iter().map(String::as_str).collect();
    let catalog = read::read(client, main, &names).await?;
    begin_snapshot(client, main).await?;
    let objects = read_objects(&CatalogReader::new(client, main, &names)).await;
    client.batch_execute("ROLLBACK").await?;
    Ok(DatabaseContents { catalog, objects: objects?, other_schemas: other })
}

async fn read_objects(reader: &CatalogReader<'_>) -> Result<Vec<DatabaseObject>, tokio_postgres::Error> {
    let mut objects = Vec::new();
    for (queries, depends_on_tables) in [(BEFORE_TABLES, false), (AFTER_TABLES, true)] {
        for sql in queries {
            objects.extend(reader.rows(sql).await?.iter().map(|row| DatabaseObject {
                kind: row.get("kind"),
                name: row.get("name"),
                statements: row.get("statements"),
                depends_on_tables,
            }));
        }
    }
    Ok(objects)
}

impl DatabaseObject {
    /// Returns kind and name, like `view recent_orders`.
    pub(crate) fn label(&self) -> String {
        format!("{} {}", self.kind, self.name)
    }
}

impl DatabaseContents {
    /// Returns the objects that `before` lacks, or has with other statements.
    #[cfg(feature = "dev")]
    pub(crate) fn objects_not_in<'c>(&'c self, before: &'c Self) -> impl Iterator<Item = &'c DatabaseObject> {
        self.objects.iter().filter(|object| !before.objects.contains(object))
    }

    /// Returns how `found` differs, in anything but the order of columns.
    pub(crate) fn differences(&self, found: &Self, comparison: Comparison) -> Vec<Difference> {
        let mut all = differences(&self.catalog, &found.catalog, comparison);
        let labels = |contents: &Self| -> Vec<String> { contents.objects.iter().map(DatabaseObject::label).collect() };
        let (expected_labels, found_labels) = (labels(self), labels(found));
        for pair in in_order(
            expected_labels.iter().map(String::as_str).zip(&self.objects),
            found_labels.iter().map(String::as_str).zip(&found.objects),
        ) {
            let object = pair.name();
            let sentence = match pair {
                Pair::Missing { .. } => comparison.only_expected(),
                Pair::Extra { .. } => comparison.only_found(),
                Pair::Both { expected, found, .. } | Pair::Renamed { expected, found, .. } => {
                    if expected == found {
                        continue;
                    }
                    comparison.different("", &expected.statements.join("; "), &found.statements.join("; "))
                }
            };
            // The catalog's differences include policies and triggers of tables that are on both sides.
            if !all.iter().any(|one| one.object == object) {
                all.push(Difference { object: object.to_owned(), sentence });
            }
        }
        all
    }
}
