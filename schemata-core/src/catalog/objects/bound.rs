//! What stands on tables, or is of them: views, triggers, policies, settings.

pub(super) const OWNED: &str = "SELECT 'ownership of sequence', d.objid::pg_catalog.regclass::text, ARRAY[pg_catalog.format('ALTER SEQUENCE %s OWNED BY %s.%I', \
     d.objid::pg_catalog.regclass, d.refobjid::pg_catalog.regclass, a.attname)] \
     FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S' \
     JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace \
     JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid \
     WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = d.classid AND d.deptype = 'a' \
     AND n.nspname = ANY($2) AND $1::text IS NOT NULL";

pub(super) const SETTINGS: &str = concat!(
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

pub(super) const COLUMN_SETTINGS: &str = concat!(
    "SELECT 'settings of column', r.oid::pg_catalog.regclass::text || '.' || pg_catalog.quote_ident(a.attname), \
     pg_catalog.array_remove(ARRAY[CASE WHEN COALESCE(a.attstattarget, -1) >= 0 THEN pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', \
     r.oid::pg_catalog.regclass, a.attname, a.attstattarget) END, \
     CASE WHEN a.attstorage <> t.typstorage THEN pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET STORAGE %s', \
     r.oid::pg_catalog.regclass, a.attname, CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' \
     ELSE 'EXTENDED' END) END, \
     CASE pg_catalog.to_jsonb(a) ->> 'attcompression' WHEN 'p' THEN pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET COMPRESSION pglz', \
     r.oid::pg_catalog.regclass, a.attname) WHEN 'l' THEN pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET COMPRESSION lz4', \
     r.oid::pg_catalog.regclass, a.attname) END, \
     CASE WHEN a.attoptions IS NOT NULL THEN pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET (%s)', r.oid::pg_catalog.regclass, a.attname, \
     pg_catalog.array_to_string(a.attoptions, ', ')) END], NULL) \
     FROM (SELECT r.oid",
    relations!("'r', 'p'"),
    ") r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped \
     JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
     WHERE COALESCE(a.attstattarget, -1) >= 0 OR a.attstorage <> t.typstorage OR a.attoptions IS NOT NULL \
     OR pg_catalog.to_jsonb(a) ->> 'attcompression' IN ('p', 'l')"
);

pub(super) const INDEX_SETTINGS: &str = concat!(
    "SELECT 'settings of index', name, statements FROM (SELECT r.oid::pg_catalog.regclass::text AS name, ARRAY(\
     SELECT pg_catalog.format('ALTER %s %s CLUSTER ON %I', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, \
     c.oid::pg_catalog.regclass, r.relname) FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid \
     WHERE i.indexrelid = r.oid AND i.indisclustered) || ARRAY(SELECT pg_catalog.format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s', \
     r.oid::pg_catalog.regclass, a.attnum, a.attstattarget) FROM pg_catalog.pg_attribute a \
     WHERE a.attrelid = r.oid AND COALESCE(a.attstattarget, -1) >= 0 ORDER BY a.attnum) AS statements",
    relations!("'i', 'I'"),
    ") s WHERE pg_catalog.cardinality(statements) > 0"
);

pub(super) const VIEW_DEFAULTS: &str = concat!(
    "SELECT 'default of', r.oid::pg_catalog.regclass::text || '.' || pg_catalog.quote_ident(a.attname), \
     ARRAY[pg_catalog.format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s', r.oid::pg_catalog.regclass, a.attname, \
     pg_catalog.pg_get_expr(d.adbin, d.adrelid))] FROM (SELECT r.oid",
    relations!("'v'"),
    ") r JOIN pg_catalog.pg_attrdef d ON d.adrelid = r.oid \
     JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.adnum"
);

pub(super) const VIEWS: &str = concat!(
    "SELECT CASE r.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END, r.oid::pg_catalog.regclass::text, \
     ARRAY['CREATE ' || CASE r.relkind WHEN 'm' THEN 'MATERIALIZED VIEW ' ELSE 'VIEW ' END || r.oid::pg_catalog.regclass::text || \
     COALESCE(' WITH (' || pg_catalog.array_to_string(r.reloptions, ', ') || ')', '') || E' AS\\n' || \
     pg_catalog.rtrim(pg_catalog.pg_get_viewdef(r.oid, true), ';') || \
     CASE WHEN r.relkind = 'm' AND NOT r.relispopulated THEN E'\\nWITH NO DATA' ELSE '' END]",
    relations!("'v', 'm'")
);

/// Of materialized views, and those that a partition has beside its table's. Those of tables are the tables' own.
pub(super) const INDEXES: &str = concat!(
    "SELECT 'index', i.indexrelid::pg_catalog.regclass::text, ARRAY[pg_catalog.format('CREATE %sINDEX %I ON %s ', \
     CASE WHEN i.indisunique THEN 'UNIQUE ' END, c.relname, r.oid::pg_catalog.regclass) || \
     pg_catalog.substr(pg_catalog.pg_get_indexdef(c.oid), 1 + pg_catalog.length(pg_catalog.format('CREATE %sINDEX %I ON %s%I.%I ', \
     CASE WHEN i.indisunique THEN 'UNIQUE ' END, c.relname, CASE c.relkind WHEN 'I' THEN 'ONLY ' END, r.nspname, r.relname)))] \
     FROM (SELECT r.oid, r.relname, n.nspname",
    relations!("'r', 'p', 'm'"),
    " AND (r.relkind = 'm' OR r.relispartition)) r \
     JOIN pg_catalog.pg_index i ON i.indrelid = r.oid JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid) \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))"
);

pub(super) const RULES: &str = concat!(
    "SELECT 'rule', u.rulename || ' on ' || r.oid::pg_catalog.regclass::text, \
     ARRAY[pg_catalog.rtrim(pg_catalog.pg_get_ruledef(u.oid, true), ';')] FROM (SELECT r.oid",
    relations!("'r', 'p', 'v'"),
    ") r JOIN pg_catalog.pg_rewrite u ON u.ev_class = r.oid WHERE u.rulename <> '_RETURN'"
);

pub(super) const STATISTICS: &str = concat!(
    "SELECT 'statistics', s.stxname::text, ARRAY['CREATE STATISTICS ' || CASE WHEN n.nspname = $1 THEN '' \
     ELSE pg_catalog.quote_ident(n.nspname) || '.' END || pg_catalog.substr(pg_catalog.pg_get_statisticsobjdef(s.oid), \
     1 + pg_catalog.length(pg_catalog.format('CREATE STATISTICS %I.', n.nspname)))] || \
     CASE WHEN COALESCE(s.stxstattarget, -1) >= 0 THEN ARRAY[pg_catalog.format('ALTER STATISTICS %s SET STATISTICS %s', \
     CASE WHEN n.nspname = $1 THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END || pg_catalog.quote_ident(s.stxname), \
     s.stxstattarget)] ELSE '{}' END \
     FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace WHERE n.nspname = ANY($2) AND ",
    own!("pg_statistic_ext", "s.oid")
);

pub(super) const TRIGGERS: &str = concat!(
    "SELECT 'trigger', g.tgname || ' on ' || r.oid::pg_catalog.regclass::text, \
     pg_catalog.array_remove(ARRAY[pg_catalog.pg_get_triggerdef(g.oid, true), CASE WHEN g.tgenabled <> 'O' THEN \
     pg_catalog.format('ALTER TABLE %s %s TRIGGER %I', r.oid::pg_catalog.regclass, CASE g.tgenabled WHEN 'D' THEN 'DISABLE' \
     WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, g.tgname) END], NULL) FROM (SELECT r.oid",
    relations!("'r', 'p', 'v'"),
    ") r JOIN pg_catalog.pg_trigger g ON g.tgrelid = r.oid WHERE NOT g.tgisinternal AND g.tgparentid = 0"
);

pub(super) const ROW_SECURITY: &str = concat!(
    "SELECT 'row security on', r.oid::pg_catalog.regclass::text, pg_catalog.array_remove(ARRAY[\
     pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', r.oid::pg_catalog.regclass), \
     CASE WHEN r.relforcerowsecurity THEN pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', r.oid::pg_catalog.regclass) END], NULL)",
    relations!("'r', 'p'"),
    " AND r.relrowsecurity"
);

pub(super) const POLICIES: &str = concat!(
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
