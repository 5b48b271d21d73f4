//! The queries that print what no table, column or enum type is: as the statements that make it again, where PostgreSQL can say
//! so much. `$1` is the main schema, `$2` all of them; names in the main schema come out bare.
//!
//! Each yields kind, name and statements; without a statement, the name tells all there is to compare.

/// Not the member of an extension: that is the extension's own business.
macro_rules! own {
    ($class:literal, $oid:literal) => {
        concat!(
            " NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid = 'pg_catalog.",
            $class,
            "'::pg_catalog.regclass AND x.objid = ",
            $oid,
            " AND x.deptype = 'e')"
        )
    };
}

/// Relations in question, each as `r`.
macro_rules! relations {
    ($kinds:literal) => {
        concat!(
            " FROM pg_catalog.pg_class r JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace WHERE n.nspname = ANY($2) \
             AND r.relname NOT IN ('schema_migrations', 'schema_migrations_pkey') AND $1::text IS NOT NULL AND r.relkind IN (",
            $kinds,
            ") AND ",
            own!("pg_class", "r.oid")
        )
    };
}

/// What has to be there before tables: nothing in it can refer to one, but a function.
pub(super) const FIRST: [&str; 6] = [SCHEMAS, EXTENSIONS, DOMAINS, COMPOSITES, SEQUENCES, FUNCTIONS];

/// What stands on tables.
pub(super) const THEN: [&str; 15] = [
    OWNED,
    SETTINGS,
    COLUMN_SETTINGS,
    VIEWS,
    VIEW_INDEXES,
    RULES,
    STATISTICS,
    TRIGGERS,
    ROW_SECURITY,
    POLICIES,
    COMMENTS,
    GRANTS,
    FUNCTION_GRANTS,
    OWNERS,
    REST,
];

const SCHEMAS: &str = "SELECT 'schema', pg_catalog.quote_ident(nspname), \
     ARRAY['CREATE SCHEMA IF NOT EXISTS ' || pg_catalog.quote_ident(nspname)] \
     FROM pg_catalog.pg_namespace WHERE nspname = ANY($2) AND nspname NOT IN ($1, 'public')";

const EXTENSIONS: &str = "SELECT 'extension', e.extname::text, ARRAY['CREATE EXTENSION IF NOT EXISTS ' || \
     pg_catalog.quote_ident(e.extname) || CASE WHEN n.nspname = $1 THEN '' ELSE ' WITH SCHEMA ' || pg_catalog.quote_ident(n.nspname) END] \
     FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace \
     WHERE e.extname <> 'plpgsql' AND $2::text[] IS NOT NULL";

const DOMAINS: &str = concat!(
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

const COMPOSITES: &str = concat!(
    "SELECT 'composite type', r.reltype::pg_catalog.regtype::text, ARRAY['CREATE TYPE ' || r.reltype::pg_catalog.regtype::text || ' AS (' || \
     (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod) || \
     CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || a.attcollation::pg_catalog.regcollation::text ELSE '' END, ', ' \
     ORDER BY a.attnum) FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
     WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped) || ')']",
    relations!("'c'")
);

const SEQUENCES: &str = concat!(
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
const FUNCTIONS: &str = concat!(
    "SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, p.oid::pg_catalog.regprocedure::text, \
     ARRAY['CREATE ' || CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || \
     CASE WHEN n.nspname = $1 THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END || \
     pg_catalog.rtrim(pg_catalog.substr(pg_catalog.pg_get_functiondef(p.oid), 1 + pg_catalog.length(pg_catalog.format('CREATE OR REPLACE %s %I.', \
     CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, n.nspname))), E'\\n')] \
     FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
     WHERE n.nspname = ANY($2) AND p.prokind <> 'a' AND ",
    own!("pg_proc", "p.oid")
);

const OWNED: &str = "SELECT 'ownership of sequence', d.objid::pg_catalog.regclass::text, ARRAY[pg_catalog.format('ALTER SEQUENCE %s OWNED BY %s.%I', \
     d.objid::pg_catalog.regclass, d.refobjid::pg_catalog.regclass, a.attname)] \
     FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S' \
     JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace \
     JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid \
     WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = d.classid AND d.deptype = 'a' \
     AND n.nspname = ANY($2) AND $1::text IS NOT NULL";

const SETTINGS: &str = concat!(
    "SELECT 'settings of table', name, statements FROM (SELECT r.oid::pg_catalog.regclass::text AS name, pg_catalog.array_remove(ARRAY[\
     CASE WHEN r.relpersistence = 'u' THEN pg_catalog.format('ALTER TABLE %s SET UNLOGGED', r.oid::pg_catalog.regclass) END, \
     CASE WHEN r.reloptions IS NOT NULL THEN pg_catalog.format('ALTER TABLE %s SET (%s)', r.oid::pg_catalog.regclass, \
     pg_catalog.array_to_string(r.reloptions, ', ')) END, \
     CASE r.relreplident WHEN 'f' THEN pg_catalog.format('ALTER TABLE %s REPLICA IDENTITY FULL', r.oid::pg_catalog.regclass) \
     WHEN 'n' THEN pg_catalog.format('ALTER TABLE %s REPLICA IDENTITY NOTHING', r.oid::pg_catalog.regclass) \
     WHEN 'i' THEN (SELECT pg_catalog.format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %I', r.oid::pg_catalog.regclass, c.relname) \
     FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = r.oid AND i.indisreplident) END], NULL) \
     AS statements",
    relations!("'r', 'p'"),
    ") s WHERE pg_catalog.cardinality(statements) > 0"
);

const COLUMN_SETTINGS: &str = concat!(
    "SELECT 'settings of column', r.oid::pg_catalog.regclass::text || '.' || pg_catalog.quote_ident(a.attname), \
     pg_catalog.array_remove(ARRAY[CASE WHEN COALESCE(a.attstattarget, -1) >= 0 THEN pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', \
     r.oid::pg_catalog.regclass, a.attname, a.attstattarget) END, \
     CASE WHEN a.attstorage <> t.typstorage THEN pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET STORAGE %s', \
     r.oid::pg_catalog.regclass, a.attname, CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' \
     ELSE 'EXTENDED' END) END, \
     CASE WHEN a.attoptions IS NOT NULL THEN pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET (%s)', r.oid::pg_catalog.regclass, a.attname, \
     pg_catalog.array_to_string(a.attoptions, ', ')) END], NULL) \
     FROM (SELECT r.oid",
    relations!("'r', 'p'"),
    ") r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped \
     JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
     WHERE COALESCE(a.attstattarget, -1) >= 0 OR a.attstorage <> t.typstorage OR a.attoptions IS NOT NULL"
);

const VIEWS: &str = concat!(
    "SELECT CASE r.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END, r.oid::pg_catalog.regclass::text, \
     ARRAY['CREATE ' || CASE r.relkind WHEN 'm' THEN 'MATERIALIZED VIEW ' ELSE 'VIEW ' END || r.oid::pg_catalog.regclass::text || \
     COALESCE(' WITH (' || pg_catalog.array_to_string(r.reloptions, ', ') || ')', '') || E' AS\\n' || \
     pg_catalog.rtrim(pg_catalog.pg_get_viewdef(r.oid, true), ';') || \
     CASE WHEN r.relkind = 'm' AND NOT r.relispopulated THEN E'\\nWITH NO DATA' ELSE '' END]",
    relations!("'v', 'm'")
);

const VIEW_INDEXES: &str = concat!(
    "SELECT 'index', i.indexrelid::pg_catalog.regclass::text, ARRAY[pg_catalog.format('CREATE %sINDEX %I ON %s ', \
     CASE WHEN i.indisunique THEN 'UNIQUE ' END, c.relname, r.oid::pg_catalog.regclass) || \
     pg_catalog.substr(pg_catalog.pg_get_indexdef(c.oid), 1 + pg_catalog.length(pg_catalog.format('CREATE %sINDEX %I ON %I.%I ', \
     CASE WHEN i.indisunique THEN 'UNIQUE ' END, c.relname, r.nspname, r.relname)))] FROM (SELECT r.oid, r.relname, n.nspname",
    relations!("'m'"),
    ") r JOIN pg_catalog.pg_index i ON i.indrelid = r.oid JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
);

const RULES: &str = concat!(
    "SELECT 'rule', u.rulename || ' on ' || r.oid::pg_catalog.regclass::text, \
     ARRAY[pg_catalog.rtrim(pg_catalog.pg_get_ruledef(u.oid, true), ';')] FROM (SELECT r.oid",
    relations!("'r', 'p', 'v'"),
    ") r JOIN pg_catalog.pg_rewrite u ON u.ev_class = r.oid WHERE u.rulename <> '_RETURN'"
);

const STATISTICS: &str = concat!(
    "SELECT 'statistics', s.stxname::text, ARRAY['CREATE STATISTICS ' || CASE WHEN n.nspname = $1 THEN '' \
     ELSE pg_catalog.quote_ident(n.nspname) || '.' END || pg_catalog.substr(pg_catalog.pg_get_statisticsobjdef(s.oid), \
     1 + pg_catalog.length(pg_catalog.format('CREATE STATISTICS %I.', n.nspname)))] \
     FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace WHERE n.nspname = ANY($2) AND ",
    own!("pg_statistic_ext", "s.oid")
);

const TRIGGERS: &str = concat!(
    "SELECT 'trigger', g.tgname || ' on ' || r.oid::pg_catalog.regclass::text, \
     pg_catalog.array_remove(ARRAY[pg_catalog.pg_get_triggerdef(g.oid, true), CASE WHEN g.tgenabled <> 'O' THEN \
     pg_catalog.format('ALTER TABLE %s %s TRIGGER %I', r.oid::pg_catalog.regclass, CASE g.tgenabled WHEN 'D' THEN 'DISABLE' \
     WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, g.tgname) END], NULL) FROM (SELECT r.oid",
    relations!("'r', 'p', 'v'"),
    ") r JOIN pg_catalog.pg_trigger g ON g.tgrelid = r.oid WHERE NOT g.tgisinternal AND g.tgparentid = 0"
);

const ROW_SECURITY: &str = concat!(
    "SELECT 'row security on', r.oid::pg_catalog.regclass::text, pg_catalog.array_remove(ARRAY[\
     pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', r.oid::pg_catalog.regclass), \
     CASE WHEN r.relforcerowsecurity THEN pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', r.oid::pg_catalog.regclass) END], NULL)",
    relations!("'r', 'p'"),
    " AND r.relrowsecurity"
);

const POLICIES: &str = concat!(
    "SELECT 'policy', p.polname || ' on ' || r.oid::pg_catalog.regclass::text, ARRAY[pg_catalog.concat_ws(' ', \
     pg_catalog.format('CREATE POLICY %I ON %s', p.polname, r.oid::pg_catalog.regclass), \
     CASE WHEN NOT p.polpermissive THEN 'AS RESTRICTIVE' END, \
     'FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END, \
     'TO ' || (SELECT pg_catalog.string_agg(CASE o WHEN 0 THEN 'PUBLIC' ELSE o::pg_catalog.regrole::text END, ', ' ORDER BY 1) \
     FROM pg_catalog.unnest(p.polroles) o), \
     'USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', \
     'WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')')] FROM (SELECT r.oid",
    relations!("'r', 'p'"),
    ") r JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid"
);

/// Those of tables and their columns are the tables' own. Objects of the system have low numbers.
const COMMENTS: &str = concat!(
    "SELECT 'comment on ' || i.type, pg_catalog.replace(i.identity, pg_catalog.quote_ident($1) || '.', ''), \
     ARRAY[pg_catalog.format('COMMENT ON %s %s IS %L', CASE WHEN i.type LIKE '% constraint' THEN 'CONSTRAINT' \
     WHEN i.type LIKE '% column' THEN 'COLUMN' WHEN i.type = 'statistics object' THEN 'STATISTICS' ELSE pg_catalog.upper(i.type) END, \
     pg_catalog.replace(CASE i.type WHEN 'domain constraint' THEN pg_catalog.replace(i.identity, ' on ', ' on domain ') ELSE i.identity END, \
     pg_catalog.quote_ident($1) || '.', ''), d.description)] \
     FROM pg_catalog.pg_description d CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i \
     WHERE d.objoid >= 16384 AND i.type NOT IN ('table', 'table column', 'extension') AND $2::text[] IS NOT NULL AND ",
    " NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid = d.classoid AND x.objid = d.objoid AND x.deptype = 'e')"
);

/// Of tables, views, sequences and single columns. What the owner may do goes without saying.
const GRANTS: &str = concat!(
    "SELECT 'privileges on', name || ' for ' || grantee, ARRAY['GRANT ' || rights || ' ON ' || name || ' TO ' || grantee || \
     CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END] FROM (\
     SELECT CASE r.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END || r.oid::pg_catalog.regclass::text AS name, a.is_grantable, \
     CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::pg_catalog.regrole::text END AS grantee, \
     pg_catalog.string_agg(a.privilege_type || COALESCE(' (' || pg_catalog.quote_ident(r.attname) || ')', ''), ', ' ORDER BY a.privilege_type, r.attname) AS rights \
     FROM (SELECT r.oid, r.relkind, r.relowner, r.relacl AS acl, NULL::name AS attname",
    relations!("'r', 'p', 'v', 'm', 'S'"),
    " UNION ALL SELECT r.oid, r.relkind, r.relowner, c.attacl, c.attname FROM (SELECT r.oid, r.relkind, r.relowner",
    relations!("'r', 'p', 'v', 'm'"),
    ") r JOIN pg_catalog.pg_attribute c ON c.attrelid = r.oid AND c.attacl IS NOT NULL) r \
     CROSS JOIN LATERAL pg_catalog.aclexplode(r.acl) a WHERE a.grantee <> r.relowner GROUP BY 1, 2, 3) g"
);

/// Everybody may call a function, unless it is taken from them.
const FUNCTION_GRANTS: &str = concat!(
    "SELECT 'privileges on', name, statements FROM (SELECT p.oid::pg_catalog.regprocedure::text AS name, \
     CASE WHEN EXISTS (SELECT FROM pg_catalog.aclexplode(p.proacl) a WHERE a.grantee = 0) THEN '{}' \
     ELSE ARRAY['REVOKE ALL ON ROUTINE ' || p.oid::pg_catalog.regprocedure || ' FROM PUBLIC'] END || \
     ARRAY(SELECT pg_catalog.format('GRANT EXECUTE ON ROUTINE %s TO %s%s', p.oid::pg_catalog.regprocedure, a.grantee::pg_catalog.regrole, \
     CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' END) FROM pg_catalog.aclexplode(p.proacl) a \
     WHERE a.grantee NOT IN (0, p.proowner) ORDER BY 1) AS statements \
     FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
     WHERE n.nspname = ANY($2) AND $1::text IS NOT NULL AND p.proacl IS NOT NULL AND ",
    own!("pg_proc", "p.oid"),
    ") g WHERE pg_catalog.cardinality(statements) > 0"
);

const OWNERS: &str = concat!(
    "SELECT 'owner of', r.oid::pg_catalog.regclass::text, ARRAY[pg_catalog.format('ALTER %s %s OWNER TO %s', CASE r.relkind \
     WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, r.oid::pg_catalog.regclass, \
     r.relowner::pg_catalog.regrole)]",
    relations!("'r', 'p', 'v', 'm', 'S'"),
    " AND r.relowner <> (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user) \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
     AND d.objid = r.oid AND d.deptype IN ('i', 'a') AND r.relkind = 'S') \
     UNION ALL SELECT 'owner of', p.oid::pg_catalog.regprocedure::text, ARRAY[pg_catalog.format('ALTER ROUTINE %s OWNER TO %s', \
     p.oid::pg_catalog.regprocedure, p.proowner::pg_catalog.regrole)] \
     FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY($2) \
     AND p.prokind <> 'a' AND p.proowner <> (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user) AND ",
    own!("pg_proc", "p.oid")
);

/// What is not printed: whatever else is in the schemas, and what belongs to the database as a whole.
const REST: &str = "SELECT i.type, pg_catalog.replace(i.identity, pg_catalog.quote_ident($1) || '.', '') || o.further, '{}'::text[] FROM (\
     SELECT d.classid, d.objid, '' AS further FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_namespace n ON n.oid = d.refobjid \
     LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = d.objid \
     LEFT JOIN pg_catalog.pg_proc p ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = d.objid \
     LEFT JOIN pg_catalog.pg_type y ON d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND y.oid = d.objid \
     WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND n.nspname = ANY($2) \
     AND (d.classid NOT IN ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass, \
     'pg_catalog.pg_type'::pg_catalog.regclass, 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, \
     'pg_catalog.pg_extension'::pg_catalog.regclass, 'pg_catalog.pg_default_acl'::pg_catalog.regclass) \
     OR c.relkind = 'f' OR p.prokind = 'a' OR y.typtype IN ('r', 'b') AND y.typelem = 0 OR c.relispartition AND c.relkind IN ('r', 'p')) \
     UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, h.inhrelid, ' in ' || h.inhparent::pg_catalog.regclass::text \
     FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid WHERE c.relkind IN ('r', 'p') AND c.relispartition \
     UNION ALL SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, oid, '' FROM pg_catalog.pg_event_trigger \
     UNION ALL SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass, oid, '' FROM pg_catalog.pg_publication \
     UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, oid, '' FROM pg_catalog.pg_foreign_data_wrapper \
     UNION ALL SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, oid, '' FROM pg_catalog.pg_foreign_server \
     UNION ALL SELECT 'pg_catalog.pg_default_acl'::pg_catalog.regclass, oid, ': ' || defaclacl::text FROM pg_catalog.pg_default_acl \
     UNION ALL SELECT 'pg_catalog.pg_cast'::pg_catalog.regclass, oid, '' FROM pg_catalog.pg_cast WHERE oid >= 16384 \
     UNION ALL SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, oid, '' FROM pg_catalog.pg_language WHERE oid >= 16384 \
     UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, y.oid, ' for ' || y.typacl::text FROM pg_catalog.pg_type y \
     JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace WHERE n.nspname = ANY($2) AND y.typacl IS NOT NULL \
     UNION ALL SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, ' for ' || n.nspacl::text FROM pg_catalog.pg_namespace n \
     WHERE n.nspname = ANY($2) AND n.nspacl IS NOT NULL) o \
     CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.classid, o.objid, 0) i \
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid = o.classid AND x.objid = o.objid AND x.deptype = 'e') \
     AND $1::text IS NOT NULL";
