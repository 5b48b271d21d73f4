//! The ledgers of many schemas, read in one query.
//!
//! Schemas whose ledgers say the same come back together, so that a thousand tenants at one version cost as much traffic as
//! one.

use std::collections::BTreeMap;
use std::fmt::Write;

use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use crate::ident::Ident;
use crate::migrate::error::MigrateError;
use crate::migrate::ledger::{self, Applied, Unfinished};

/// What some schemas have in common.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) schemas: Vec<Ident>,
    pub(crate) found: Found,
}

/// What was found of a ledger.
#[derive(Debug)]
pub(crate) enum Found {
    /// There is no such schema.
    Missing,
    /// The role may not read it.
    Unreadable,
    /// It cannot be used: it is not ours.
    Wrong(MigrateError),
    /// It lists these; where there is no ledger, none.
    Applied(Vec<Applied>),
}

/// The ledgers of many schemas.
#[derive(Debug)]
pub(crate) struct Ledgers {
    pub(crate) states: Vec<State>,
    /// In how many queries they were read: one, unless the server's lock table is too small for that.
    pub(crate) queries: usize,
}

/// How often everything is read again after a schema vanished between two queries.
const ATTEMPTS: u32 = 5;

/// Reads the ledgers of `schemas`. Nothing is written; a table each is locked as a SELECT does it.
pub(crate) async fn read(client: &Client, schemas: &[Ident]) -> Result<Ledgers, MigrateError> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        match attempt(client, schemas).await {
            Err(error) if attempts < ATTEMPTS && vanished(&error) => {}
            done => return done.map_err(|source| MigrateError::Session { step: "reading the ledgers", source }),
        }
    }
}

/// Whether a schema was dropped, or its privileges changed, since it was listed.
fn vanished(error: &tokio_postgres::Error) -> bool {
    let gone = [
        SqlState::UNDEFINED_TABLE,
        SqlState::INVALID_SCHEMA_NAME,
        SqlState::INSUFFICIENT_PRIVILEGE,
        SqlState::INTERNAL_ERROR,
    ];
    error.code().is_some_and(|code| gone.contains(code))
}

/// The ledgers there are, and how many of them one query may lock.
const LISTED: &str = "SELECT w.place::int, n.oid IS NOT NULL, c.relkind::text, \
     (SELECT pg_catalog.array_agg(a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)) \
      FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), \
     pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT'), \
     pg_catalog.current_setting('max_locks_per_transaction')::bigint * \
     (pg_catalog.current_setting('max_connections')::bigint + pg_catalog.current_setting('max_prepared_transactions')::bigint) \
     FROM pg_catalog.unnest($1) WITH ORDINALITY w (name, place) \
     LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = w.name \
     LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = 'schema_migrations' \
     ORDER BY w.place";

async fn attempt(client: &Client, schemas: &[Ident]) -> Result<Ledgers, tokio_postgres::Error> {
    let names: Vec<&str> = schemas.iter().map(Ident::as_str).collect();
    let listed = client.query_typed(LISTED, &[(&names, Type::TEXT_ARRAY)]).await?;
    let mut states = Vec::new();
    let (mut missing, mut unreadable, mut empty, mut readable) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (schema, row) in schemas.iter().zip(&listed) {
        let columns = row.get::<_, Option<Vec<String>>>(3).unwrap_or_default();
        match row.get::<_, Option<&str>>(2) {
            _ if !row.get::<_, bool>(1) => missing.push(schema.clone()),
            None => empty.push(schema.clone()),
            Some(kind) => match ledger::ours(schema, kind, &columns) {
                Err(error) => states.push(State { schemas: vec![schema.clone()], found: Found::Wrong(error) }),
                Ok(_) if row.get::<_, Option<bool>>(4) == Some(true) => readable.push(schema),
                Ok(_) => unreadable.push(schema.clone()),
            },
        }
    }
    let capacity = listed.first().map_or(0, |row| row.get::<_, i64>(5));
    let queries = contents(client, &readable, capacity, &mut states, &mut empty).await?;
    for (schemas, found) in
        [(empty, Found::Applied(Vec::new())), (unreadable, Found::Unreadable), (missing, Found::Missing)]
    {
        if !schemas.is_empty() {
            states.push(State { schemas, found });
        }
    }
    Ok(Ledgers { states, queries })
}

/// Reads what `readable` ledgers list, in as few queries as the server's lock table allows; a query locks each table and
/// its index, and leaves half of the lock table to others.
async fn contents(
    client: &Client,
    readable: &[&Ident],
    capacity: i64,
    states: &mut Vec<State>,
    empty: &mut Vec<Ident>,
) -> Result<usize, tokio_postgres::Error> {
    let mut at_once = usize::try_from(capacity / 4).unwrap_or(1).max(1);
    let (mut from, mut queries) = (0, 0);
    let mut same: BTreeMap<String, usize> = BTreeMap::new();
    while from < readable.len() {
        let part = &readable[from..readable.len().min(from + at_once)];
        let names: Vec<&str> = part.iter().map(|schema| schema.as_str()).collect();
        let rows = match client.query_typed(&union(part), &[(&names, Type::TEXT_ARRAY)]).await {
            // Others hold more locks than they were left.
            Err(error) if at_once > 1 && error.code() == Some(&SqlState::OUT_OF_MEMORY) => {
                at_once /= 2;
                continue;
            }
            answer => answer?,
        };
        let mut listed = vec![false; part.len()];
        for row in &rows {
            let places: Vec<i32> = row.get(0);
            let places = places.iter().filter_map(|place| usize::try_from(*place).ok());
            let schemas: Vec<Ident> =
                places.inspect(|place| listed[*place] = true).map(|at| part[at].clone()).collect();
            collect(states, &mut same, schemas, row);
        }
        empty.extend(part.iter().zip(&listed).filter(|(_, listed)| !**listed).map(|(schema, _)| (*schema).clone()));
        queries += 1;
        from += part.len();
    }
    Ok(queries)
}

/// Adds `schemas` to those whose ledgers say the same.
fn collect(states: &mut Vec<State>, same: &mut BTreeMap<String, usize>, schemas: Vec<Ident>, row: &Row) {
    if let Some(found) = row.get::<_, Option<Vec<String>>>(4) {
        states.extend(schemas.into_iter().map(|schema| {
            let error = MigrateError::LedgerOfAnother { schema: schema.clone(), found: found.clone() };
            State { schemas: vec![schema], found: Found::Wrong(error) }
        }));
        return;
    }
    let [modules, ids, checksums] = [1, 2, 3].map(|column| row.get::<_, Vec<String>>(column));
    let begun: Vec<bool> = row.get(5);
    let replaced: Vec<String> = row.get(6);
    let key = format!("{modules:?}{ids:?}{checksums:?}{begun:?}{replaced:?}");
    if let Some(at) = same.get(&key) {
        states[*at].schemas.extend(schemas);
        return;
    }
    let rows = modules.into_iter().zip(ids).zip(checksums.into_iter().zip(begun).zip(replaced));
    let applied = rows.map(|((module, id), ((checksum, begun), replaced))| Applied {
        module,
        id,
        checksum,
        at: String::new(),
        unfinished: begun.then(Unfinished::default),
        replaces: replaced.split(BETWEEN).filter(|id| !id.is_empty()).map(str::to_owned).collect(),
    });
    let applied = applied.collect();
    same.insert(key, states.len());
    states.push(State { schemas, found: Found::Applied(applied) });
}

/// Stands between the ids that a squash replaces: lists of different lengths make no array.
const BETWEEN: char = '\u{1}';

/// The query: places of schemas whose ledgers say the same, and what they say. Rows that belong to another schema do not
/// count; where there are no others, the schemas they belong to are listed instead.
fn union(schemas: &[&Ident]) -> String {
    let mut sql = String::from(
        "SELECT pg_catalog.array_agg(place ORDER BY place), modules, ids, checksums, others, begun, replaced FROM (SELECT place, \
         pg_catalog.array_agg(module_name ORDER BY module_name, migration_id) FILTER (WHERE own) AS modules, \
         pg_catalog.array_agg(migration_id ORDER BY module_name, migration_id) FILTER (WHERE own) AS ids, \
         pg_catalog.array_agg(checksum ORDER BY module_name, migration_id) FILTER (WHERE own) AS checksums, \
         pg_catalog.array_agg(begun ORDER BY module_name, migration_id) FILTER (WHERE own) AS begun, \
         pg_catalog.array_agg(replaced ORDER BY module_name, migration_id) FILTER (WHERE own) AS replaced, \
         CASE WHEN NOT pg_catalog.bool_or(own) THEN pg_catalog.array_agg(DISTINCT schema_name) END AS others \
         FROM (SELECT place, module_name, migration_id, checksum, begun, replaced, schema_name, \
         schema_name = ($1)[place + 1] AS own FROM (",
    );
    for (place, schema) in schemas.iter().enumerate() {
        let between = if place == 0 { "" } else { " UNION ALL " };
        let _ = write!(
            sql,
            "{between}SELECT {place} AS place, schema_name, module_name, migration_id, checksum, finished_at IS NULL AS begun, \
             coalesce(pg_catalog.array_to_string(stands_for, E'\\x01'), '') AS replaced FROM {}",
            ledger::table(schema)
        );
    }
    sql.push_str(") listed) marked GROUP BY place) ledger GROUP BY modules, ids, checksums, others, begun, replaced");
    sql
}
