//! A database to its last object: what a catalog holds, and whatever else there is, as the statements that make it.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::catalog::diff::differences;
use crate::catalog::objects;
use crate::catalog::read;
use crate::catalog::sides::{Difference, Sides};
use crate::catalog::snapshot::Catalog;
use crate::ident::{Ident, quoted};

/// Everything in every schema but the system's own.
#[derive(Debug)]
pub(crate) struct Whole {
    /// Tables, columns and enum types.
    pub(crate) catalog: Catalog,
    /// The rest, what stands on tables last.
    pub(crate) objects: Vec<Object>,
    /// The schemas beside the main one.
    pub(crate) further: Vec<String>,
}

/// What is no table, column or enum type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) kind: String,
    pub(crate) name: String,
    /// What makes it again; nothing where PostgreSQL does not print it.
    pub(crate) statements: Vec<String>,
    /// Whether it may refer to tables.
    pub(crate) stands_on_tables: bool,
}

const SCHEMAS: &str = "SELECT n.nspname::text FROM pg_catalog.pg_namespace n WHERE NOT pg_catalog.starts_with(n.nspname::text, 'pg_') \
     AND n.nspname NOT IN ('information_schema', $1) AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
     WHERE d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.objid = n.oid AND d.deptype = 'e') ORDER BY 1";

/// Reads all of a database of which `main` is the schema that is migrated.
pub(crate) async fn whole(client: &Client, main: &Ident) -> Result<Whole, tokio_postgres::Error> {
    let rows = client.query_typed(SCHEMAS, &[(&main.as_str(), Type::TEXT)]).await?;
    let further: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    of_schemas(client, main, further).await
}

/// Reads the `main` schema and the `further` ones.
pub(crate) async fn of_schemas(
    client: &Client,
    main: &Ident,
    further: Vec<String>,
) -> Result<Whole, tokio_postgres::Error> {
    let names: Vec<&str> = further.iter().map(String::as_str).collect();
    let catalog = read::read(client, main, &names).await?;
    let begin = format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = {}, pg_temp",
        quoted(main.as_str())
    );
    client.batch_execute(&begin).await?;
    let objects = objects(client, main, &names).await;
    client.batch_execute("ROLLBACK").await?;
    Ok(Whole { catalog, objects: objects?, further })
}

async fn objects(client: &Client, main: &Ident, further: &[&str]) -> Result<Vec<Object>, tokio_postgres::Error> {
    let schemas: Vec<&str> = std::iter::once(main.as_str()).chain(further.iter().copied()).collect();
    let first = objects::FIRST.iter().map(|sql| (*sql, false));
    let mut found = Vec::new();
    for (sql, stands_on_tables) in first.chain(objects::THEN.iter().map(|sql| (*sql, true))) {
        let sql = format!("{sql} ORDER BY 1, 2, 3");
        for row in client.query_typed(&sql, &[(&main.as_str(), Type::TEXT), (&schemas, Type::TEXT_ARRAY)]).await? {
            let (kind, name, statements) = (row.get(0), row.get(1), row.get(2));
            found.push(Object { kind, name, statements, stands_on_tables });
        }
    }
    Ok(found)
}

impl Object {
    /// Like `view recent_orders`.
    pub(crate) fn label(&self) -> String {
        format!("{} {}", self.kind, self.name)
    }

    fn is(&self, other: &Self) -> bool {
        self.kind == other.kind && self.name == other.name
    }
}

impl Whole {
    /// What it has and `before` has not, or has otherwise.
    #[cfg(feature = "dev")]
    pub(crate) fn beyond<'w>(&'w self, before: &'w Self) -> impl Iterator<Item = &'w Object> {
        self.objects.iter().filter(|object| !before.objects.contains(object))
    }

    /// How `found` differs, in anything at all but the order of columns.
    pub(crate) fn differences(&self, found: &Self, sides: Sides) -> Vec<Difference> {
        let mut all = differences(&self.catalog, &found.catalog, sides);
        let mut say = |object: &Object, sentence| {
            let object = object.label();
            // A policy or a trigger on a table that both have is told already.
            if !all.iter().any(|one| one.object == object) {
                all.push(Difference { object, sentence });
            }
        };
        for object in &self.objects {
            match found.objects.iter().find(|other| other.is(object)) {
                None => say(object, sides.only_expected()),
                Some(other) if other == object => {}
                Some(other) => {
                    let (one, other) = (object.statements.join("; "), other.statements.join("; "));
                    say(object, sides.apart("", &one, &other));
                }
            }
        }
        for object in found.objects.iter().filter(|object| !self.objects.iter().any(|one| one.is(object))) {
            say(object, sides.only_found());
        }
        all
    }
}
