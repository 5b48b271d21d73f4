//! What needs no table: schemas, extensions, types, sequences, and functions, which may.

pub(super) const SCHEMAS: &str = "SELECT 'schema', pg_catalog.quote_ident(nspname), \
     ARRAY['CREATE SCHEMA IF NOT EXISTS ' || pg_catalog.quote_ident(nspname)] \
     FROM pg_catalog.pg_namespace WHERE nspname = ANY($2) AND nspname NOT IN ($1, 'public')";

pub(super) const EXTENSIONS: &str = "SELECT 'extension', e.extname::text, ARRAY['CREATE EXTENSION IF NOT EXISTS ' || \
     pg_catalog.quote_ident(e.extname) || CASE WHEN n.nspname = $1 THEN '' ELSE ' WITH SCHEMA ' || pg_catalog.quote_ident(n.nspname) END] \
     FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace \
     WHERE e.extname <> 'plpgsql' AND $2::text[] IS NOT NULL";

pub(super) const DOMAINS: &str = concat!(
    "SELECT 'domain', y.oid::pg_catalog.regtype::text, ARRAY[pg_catalog.concat_ws(' ', 'CREATE DOMAIN', \
     y.oid::pg_catalog.regtype::text, 'AS', pg_catalog.format_type(y.typbasetype, y.typtypmod), \
     CASE WHEN y.typcollation <> b.typcollation THEN 'COLLATE ' || y.typcollation::pg_catalog.regcollation::text END, \
     'DEFAULT ' || y.typdefault, CASE WHEN y.typnotnull THEN 'NOT NULL' END, \
     (SELECT pg_catalog.string_agg(pg_catalog.format('CONSTRAINT %I %s', k.conname, pg_catalog.pg_get_constraintdef(k.oid)), ' ' \
     ORDER BY k.conname) FROM pg_catalog.pg_constraint k WHERE k.contypid = y.oid AND k.contype = 'c'))] \
     FROM pg_catalog.pg_type y JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace \
     JOIN pg_catalog.pg_type b ON b.oid = y.typbasetype \
     WHERE n.nspname = ANY($2) AND $1::text IS NOT NULL AND y.typtype = 'd' AND ",
    own!("pg_type", "y.oid")
);

pub(super) const COMPOSITES: &str = concat!(
    "SELECT 'composite type', r.reltype::pg_catalog.regtype::text, ARRAY['CREATE TYPE ' || r.reltype::pg_catalog.regtype::text || ' AS (' || \
     (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod) || \
     CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || a.attcollation::pg_catalog.regcollation::text ELSE '' END, ', ' \
     ORDER BY a.attnum) FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
     WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped) || ')']",
    relations!("'c'")
);

pub(super) const SEQUENCES: &str = concat!(
    "SELECT 'sequence', r.oid::pg_catalog.regclass::text, (SELECT ARRAY[pg_catalog.concat_ws(' ', 'CREATE SEQUENCE', \
     r.oid::pg_catalog.regclass::text, CASE WHEN s.seqtypid <> 20 THEN 'AS ' || s.seqtypid::pg_catalog.regtype::text END, \
     CASE WHEN s.seqincrement <> 1 THEN 'INCREMENT BY ' || s.seqincrement END, \
     CASE WHEN s.seqmin <> 1 THEN 'MINVALUE ' || s.seqmin END, \
     CASE WHEN s.seqmax <> CASE s.seqtypid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 ELSE 9223372036854775807 END \
     THEN 'MAXVALUE ' || s.seqmax END, CASE WHEN s.seqstart <> 1 OR s.seqincrement < 0 THEN 'START WITH ' || s.seqstart END, \
     CASE WHEN s.seqcache <> 1 THEN 'CACHE ' || s.seqcache END, CASE WHEN s.seqcycle THEN 'CYCLE' END)] \
     FROM pg_catalog.pg_sequence s WHERE s.seqrelid = r.oid)",
    relations!("'S'"),
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
     AND d.objid = r.oid AND d.deptype = 'i')"
);

/// The name in the first line is always qualified.
pub(super) const FUNCTIONS: &str = concat!(
    "SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, p.oid::pg_catalog.regprocedure::text, \
     ARRAY['CREATE ' || CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || \
     CASE WHEN n.nspname = $1 THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END || \
     pg_catalog.rtrim(pg_catalog.substr(pg_catalog.pg_get_functiondef(p.oid), 1 + pg_catalog.length(pg_catalog.format('CREATE OR REPLACE %s %I.', \
     CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, n.nspname))), E'\\n')] \
     FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
     WHERE n.nspname = ANY($2) AND p.prokind <> 'a' AND ",
    own!("pg_proc", "p.oid")
);
