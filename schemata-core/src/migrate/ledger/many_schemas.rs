//! The ledgers of many schemas, read in one query.
//!
//! Schemas whose ledgers are equal come back together, so that a thousand tenants at one version cost as much traffic
//! as one.

use std::collections::BTreeMap;

use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use crate::ident::Ident;
use crate::migrate::error::MigrateError;
use crate::migrate::ledger::read::{Applied, Unfinished, from_item};
use crate::migrate::ledger::shape::LedgerVersion;
use crate::migrate::session::{MigratorSession, StatementError};

/// Schemas whose ledgers are equal.
#[derive(Debug)]
pub(crate) struct LedgerGroup {
    pub(crate) schemas: Vec<Ident>,
    pub(crate) state: LedgerState,
}

/// The state of a ledger.
#[derive(Debug)]
pub(crate) enum LedgerState {
    /// The schema does not exist.
    NoSchema,
    /// The role may not read the ledger.
    Unreadable,
    /// The ledger cannot be used: it is another table, or belongs to another schema.
    Unusable(MigrateError),
    /// The ledger lists these; nothing if there is no ledger.
    Lists(Vec<Applied>),
}

/// The ledgers of many schemas.
#[derive(Debug)]
pub(crate) struct Ledgers {
    pub(crate) groups: Vec<LedgerGroup>,
    /// The number of queries that read them: one, unless the server's lock table is too small for that.
    pub(crate) queries: usize,
}

/// How often everything is read again after a schema vanished between two queries.
const ATTEMPTS: u32 = 5;

const STEP: &str = "reading the ledgers";

/// Reads the ledgers of `schemas`. Writes nothing; each ledger is locked as a SELECT locks it.
pub(crate) async fn read(session: MigratorSession<'_>, schemas: &[Ident]) -> Result<Ledgers, MigrateError> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        match attempt(session, schemas).await {
            Err(error) if attempts < ATTEMPTS && vanished(&error.source) => {}
            read => return Ok(read?),
        }
    }
}

/// Returns whether a schema was dropped, or its privileges changed, after it was listed.
fn vanished(error: &tokio_postgres::Error) -> bool {
    let gone = [
        SqlState::UNDEFINED_TABLE,
        SqlState::INVALID_SCHEMA_NAME,
        SqlState::INSUFFICIENT_PRIVILEGE,
        SqlState::INTERNAL_ERROR,
    ];
    error.code().is_some_and(|code| gone.contains(code))
}

async fn attempt(session: MigratorSession<'_>, schemas: &[Ident]) -> Result<Ledgers, StatementError> {
    let names: Vec<&str> = schemas.iter().map(Ident::as_str).collect();
    let listed = session.query(STEP, include_str!("many_schemas.sql"), &[(&names, Type::TEXT_ARRAY)]).await?;
    let mut groups = Vec::new();
    let (mut missing, mut unreadable, mut empty, mut readable) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (schema, row) in schemas.iter().zip(&listed) {
        let columns: Option<Vec<String>> = row.get("columns");
        match row.get::<_, Option<&str>>("kind") {
            _ if !row.get::<_, bool>("schema_exists") => missing.push(schema.clone()),
            None if row.get("has_former_ledger") => {
                groups.push(unusable(schema.clone(), MigrateError::LedgerName { schema: schema.clone() }));
            }
            None => empty.push(schema.clone()),
            Some(kind) => match LedgerVersion::of_relation(schema, kind, &columns.unwrap_or_default()) {
                Err(error) => groups.push(unusable(schema.clone(), error)),
                Ok(_) if row.get::<_, Option<bool>>("is_readable") == Some(true) => readable.push(schema),
                Ok(_) => unreadable.push(schema.clone()),
            },
        }
    }
    let capacity = listed.first().map_or(0, |row| row.get("lock_capacity"));
    let queries = contents(session, &readable, capacity, &mut groups, &mut empty).await?;
    for (schemas, state) in [
        (empty, LedgerState::Lists(Vec::new())),
        (unreadable, LedgerState::Unreadable),
        (missing, LedgerState::NoSchema),
    ] {
        if !schemas.is_empty() {
            groups.push(LedgerGroup { schemas, state });
        }
    }
    Ok(Ledgers { groups, queries })
}

fn unusable(schema: Ident, error: MigrateError) -> LedgerGroup {
    LedgerGroup { schemas: vec![schema], state: LedgerState::Unusable(error) }
}

/// Reads what the `readable` ledgers list, in as few queries as the server's lock table allows: a query locks each table and
/// its index, and half of the lock table is left to others.
async fn contents(
    session: MigratorSession<'_>,
    readable: &[&Ident],
    capacity: i64,
    groups: &mut Vec<LedgerGroup>,
    empty: &mut Vec<Ident>,
) -> Result<usize, StatementError> {
    let mut at_once = usize::try_from(capacity / 4).unwrap_or(1).max(1);
    let (mut from, mut queries) = (0, 0);
    let mut equal: BTreeMap<String, usize> = BTreeMap::new();
    while from < readable.len() {
        let part = &readable[from..readable.len().min(from + at_once)];
        let names: Vec<&str> = part.iter().map(|schema| schema.as_str()).collect();
        let rows = match session.query(STEP, &select(part), &[(&names, Type::TEXT_ARRAY)]).await {
            // Others hold more locks than the half that was left to them.
            Err(error) if at_once > 1 && error.source.code() == Some(&SqlState::OUT_OF_MEMORY) => {
                at_once /= 2;
                continue;
            }
            answer => answer?,
        };
        let mut is_listed = vec![false; part.len()];
        for row in &rows {
            let places: Vec<i32> = row.get("places");
            let places = places.iter().filter_map(|place| usize::try_from(*place).ok());
            let schemas: Vec<Ident> =
                places.inspect(|place| is_listed[*place] = true).map(|at| part[at].clone()).collect();
            collect(groups, &mut equal, schemas, row);
        }
        empty.extend(part.iter().zip(&is_listed).filter(|(_, listed)| !**listed).map(|(schema, _)| (*schema).clone()));
        queries += 1;
        from += part.len();
    }
    Ok(queries)
}

/// Adds `schemas` to those whose ledgers are equal.
fn collect(groups: &mut Vec<LedgerGroup>, equal: &mut BTreeMap<String, usize>, schemas: Vec<Ident>, row: &Row) {
    if let Some(found) = row.get::<_, Option<Vec<String>>>("others") {
        groups.extend(
            schemas
                .into_iter()
                .map(|schema| unusable(schema.clone(), MigrateError::LedgerOfAnother { schema, found: found.clone() })),
        );
        return;
    }
    let [modules, ids, checksums, replaced] =
        ["modules", "ids", "checksums", "replaced"].map(|column| row.get::<_, Vec<String>>(column));
    let begun: Vec<bool> = row.get("begun");
    let key = format!("{modules:?}{ids:?}{checksums:?}{begun:?}{replaced:?}");
    if let Some(at) = equal.get(&key) {
        groups[*at].schemas.extend(schemas);
        return;
    }
    let rows = modules.into_iter().zip(ids).zip(checksums.into_iter().zip(begun).zip(replaced));
    let applied = rows.map(|((module, id), ((checksum, begun), replaced))| Applied {
        module,
        id,
        checksum,
        at: String::new(),
        unfinished: begun.then(Unfinished::default),
        replaces: replaced.split(SEPARATOR).filter(|id| !id.is_empty()).map(str::to_owned).collect(),
    });
    let applied = applied.collect();
    equal.insert(key, groups.len());
    groups.push(LedgerGroup { schemas, state: LedgerState::Lists(applied) });
}

/// Separates the ids that a squash replaces: PostgreSQL makes no array of lists of different lengths.
const SEPARATOR: char = '\u{1}';

/// Returns the query for the `schemas`, whose names are its parameter: places of schemas with equal ledgers, and what these
/// list. Rows that belong to another schema do not count; if a ledger has no others, `others` names the schemas they belong
/// to.
fn select(schemas: &[&Ident]) -> String {
    let ledgers: Vec<String> = schemas
        .iter()
        .enumerate()
        .map(|(place, schema)| {
            let ledger = from_item(schema);
            format!(
                "SELECT {place} AS place, schema_name, module_name, migration_id, checksum, finished_at IS NULL AS begun, \
                 coalesce(pg_catalog.array_to_string(stands_for, E'\\x01'), '') AS replaced FROM {ledger}"
            )
        })
        .collect();
    let list = |column: &str| {
        format!("pg_catalog.array_agg({column} ORDER BY module_name, migration_id) FILTER (WHERE is_own)")
    };
    format!(
        "SELECT pg_catalog.array_agg(place ORDER BY place) AS places, modules, ids, checksums, others, begun, replaced
        FROM (
            SELECT
                place,
                {} AS modules,
                {} AS ids,
                {} AS checksums,
                {} AS begun,
                {} AS replaced,
                CASE WHEN NOT pg_catalog.bool_or(is_own) THEN pg_catalog.array_agg(DISTINCT schema_name) END AS others
            FROM (
                SELECT *, schema_name = ($1)[place + 1] AS is_own
                FROM ({}) listed
            ) marked
            GROUP BY place
        ) ledger
        GROUP BY modules, ids, checksums, others, begun, replaced",
        list("module_name"),
        list("migration_id"),
        list("checksum"),
        list("begun"),
        list("replaced"),
        ledgers.join("\nUNION ALL ")
    )
}
