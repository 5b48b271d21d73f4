//! The queries that read a catalog, one a kind of object. `$1` is the main schema, `$2` all of them.
//!
//! What only newer servers have is asked of the row as jsonb, where a missing field is NULL.

/// The tables in question. Partitions belong to their table, and members of extensions to the extension.
const TABLES: &str = "WITH t AS (SELECT c.oid, c.relname, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, \
     n.nspname, CASE WHEN n.nspname = $1 THEN c.relname::text ELSE n.nspname || '.' || c.relname END AS name \
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE n.nspname = ANY($2) AND c.relkind IN ('r', 'p') AND c.relname <> 'schema_migrations' AND NOT c.relispartition \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
     AND d.objid = c.oid AND d.deptype = 'e')) ";

const TABLE: &str = "SELECT t.name, NULLIF(t.nspname, $1)::text, t.relname::text, t.relpersistence = 'u', \
     pg_catalog.pg_get_partkeydef(t.oid), \
     ARRAY(SELECT i.inhparent::pg_catalog.regclass::text FROM pg_catalog.pg_inherits i WHERE i.inhrelid = t.oid ORDER BY i.inhseqno), \
     t.relrowsecurity, t.relforcerowsecurity, pg_catalog.obj_description(t.oid, 'pg_class'), \
     CASE t.relkind WHEN 'p' THEN (SELECT pg_catalog.count(*) - 1 FROM pg_catalog.pg_partition_tree(t.oid)) ELSE 0 END FROM t";

const COLUMNS: &str = "SELECT t.name, a.attname::text, a.attnum, pg_catalog.format_type(a.atttypid, a.atttypmod), \
     n.nspname::text, e.typname::text, e.typtype::text, e.oid <> y.oid, NOT a.attnotnull, \
     EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'n' \
     AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated), \
     pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attgenerated::text, a.attidentity::text, \
     (SELECT pg_catalog.concat_ws(' ', CASE WHEN q.seqstart <> 1 THEN 'START WITH ' || q.seqstart END, \
     CASE WHEN q.seqincrement <> 1 THEN 'INCREMENT BY ' || q.seqincrement END, \
     CASE WHEN q.seqmin <> 1 THEN 'MINVALUE ' || q.seqmin END, \
     CASE WHEN q.seqmax <> CASE q.seqtypid::pg_catalog.regtype::text WHEN 'smallint' THEN 32767 WHEN 'integer' THEN 2147483647 \
     ELSE 9223372036854775807 END THEN 'MAXVALUE ' || q.seqmax END, \
     CASE WHEN q.seqcache <> 1 THEN 'CACHE ' || q.seqcache END, CASE WHEN q.seqcycle THEN 'CYCLE' END, \
     CASE WHEN p.deptype = 'a' AND q.seqtypid <> a.atttypid THEN 'AS ' || q.seqtypid::pg_catalog.regtype END) \
     FROM pg_catalog.pg_depend p JOIN pg_catalog.pg_sequence q ON q.seqrelid = p.objid \
     WHERE p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.refclassid = p.classid AND p.refobjid = t.oid \
     AND p.refobjsubid = a.attnum AND (p.deptype = 'i' OR p.deptype = 'a' AND EXISTS (SELECT FROM pg_catalog.pg_depend u \
     WHERE u.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND u.objid = d.oid AND u.refclassid = p.classid \
     AND u.refobjid = p.objid)) LIMIT 1), \
     (SELECT s.relname::text FROM pg_catalog.pg_depend p JOIN pg_catalog.pg_class s ON s.oid = p.objid AND s.relkind = 'S' \
     WHERE p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.refclassid = p.classid AND p.refobjid = t.oid \
     AND p.refobjsubid = a.attnum AND p.deptype = 'a' ORDER BY EXISTS (SELECT FROM pg_catalog.pg_depend u \
     WHERE u.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND u.objid = d.oid AND u.refclassid = p.classid \
     AND u.refobjid = p.objid) DESC, 1 LIMIT 1), \
     CASE WHEN a.attcollation <> y.typcollation THEN a.attcollation::pg_catalog.regcollation::text END, \
     pg_catalog.col_description(t.oid, a.attnum), \
     EXISTS (SELECT FROM pg_catalog.pg_depend p JOIN pg_catalog.pg_depend u ON u.refclassid = p.classid AND u.refobjid = p.objid \
     WHERE p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.refclassid = p.classid AND p.refobjid = t.oid \
     AND p.refobjsubid = a.attnum AND p.deptype = 'a' AND u.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass \
     AND u.objid = d.oid) \
     FROM t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped \
     JOIN pg_catalog.pg_type y ON y.oid = a.atttypid \
     JOIN pg_catalog.pg_type e ON e.oid = COALESCE((SELECT i.oid FROM pg_catalog.pg_type i WHERE i.typarray = y.oid), y.oid) \
     JOIN pg_catalog.pg_namespace n ON n.oid = e.typnamespace \
     LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum";

/// NOT NULL is a column's own business, also where (from PostgreSQL 18) it is a constraint by name. A foreign key to a
/// partitioned table has one for each partition behind it, which come and go with those.
const CONSTRAINTS: &str = "SELECT t.name, k.conname::text, \
     pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', ''), k.convalidated, k.contype::text, \
     ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS p (number, place) \
     JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.number ORDER BY p.place), \
     k.condeferrable, k.condeferred, ARRAY(SELECT clause FROM (VALUES \
     (k.confmatchtype = 'f', 'MATCH FULL'), (k.contype = 'c' AND k.connoinherit, 'NO INHERIT'), \
     (pg_catalog.to_jsonb(k) ->> 'confdelsetcols' IS NOT NULL, 'columns to set'), \
     (pg_catalog.to_jsonb(k) ->> 'conperiod' = 'true', 'periods'), (pg_catalog.to_jsonb(k) ->> 'conenforced' = 'false', 'NOT ENFORCED'), \
     (k.contype IN ('p', 'u') AND i.indnatts <> i.indnkeyatts, 'INCLUDE')) AS c (holds, clause) WHERE holds), \
     COALESCE(pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct', 'false') = 'true', \
     CASE WHEN n.nspname = $1 THEN f.relname::text ELSE n.nspname || '.' || f.relname END, \
     ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS p (number, place) \
     JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = p.number ORDER BY p.place), \
     k.confdeltype::text, k.confupdtype::text, pg_catalog.pg_get_expr(k.conbin, k.conrelid, true) \
     FROM t JOIN pg_catalog.pg_constraint k ON k.conrelid = t.oid \
     LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = k.conindid \
     LEFT JOIN pg_catalog.pg_class f ON f.oid = k.confrelid LEFT JOIN pg_catalog.pg_namespace n ON n.oid = f.relnamespace \
     WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND k.conparentid = 0";

/// The definition begins behind the table's name, which is always qualified and so differs between schemas. An operator
/// class has its schema where that is not on the path when tables are made.
const INDEXES: &str = "SELECT t.name, c.relname::text, CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || \
     pg_catalog.substr(pg_catalog.pg_get_indexdef(c.oid), 1 + pg_catalog.length(pg_catalog.format('CREATE %sINDEX %I ON %s%I.%I USING ', \
     CASE WHEN i.indisunique THEN 'UNIQUE ' END, c.relname, CASE WHEN c.relkind = 'I' THEN 'ONLY ' END, t.nspname, t.relname))), \
     i.indisvalid AND i.indisready, i.indisunique, COALESCE(pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct', 'false') = 'true', \
     m.amname::text, pg_catalog.pg_get_expr(i.indpred, i.indrelid, true), COALESCE(c.reloptions, '{}'), i.indnkeyatts, \
     p.columns, p.expressions, p.options, p.classes, p.collations \
     FROM t JOIN pg_catalog.pg_index i ON i.indrelid = t.oid JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
     JOIN pg_catalog.pg_am m ON m.oid = c.relam CROSS JOIN LATERAL (SELECT \
     pg_catalog.array_agg(a.attname::text ORDER BY k) AS columns, \
     pg_catalog.array_agg(CASE WHEN i.indkey[k - 1] = 0 THEN pg_catalog.pg_get_indexdef(c.oid, k, true) END ORDER BY k) AS expressions, \
     pg_catalog.array_agg(COALESCE(i.indoption[k - 1], 0) ORDER BY k) AS options, \
     pg_catalog.array_agg(CASE WHEN NOT o.opcdefault OR x.attoptions IS NOT NULL \
     THEN CASE WHEN s.nspname IN ('pg_catalog', 'public', $1) THEN '' ELSE s.nspname || '.' END || \
     CASE WHEN pg_catalog.strpos(o.opcname, '.') > 0 THEN pg_catalog.quote_ident(o.opcname) ELSE o.opcname END || COALESCE('(' || pg_catalog.array_to_string(x.attoptions, ', ') || ')', '') END ORDER BY k) AS classes, \
     pg_catalog.array_agg(CASE WHEN i.indcollation[k - 1] NOT IN (0, COALESCE(a.attcollation, 100)) \
     THEN i.indcollation[k - 1]::pg_catalog.regcollation::text END ORDER BY k) AS collations \
     FROM pg_catalog.generate_series(1, i.indnatts::int) AS g (k) \
     JOIN pg_catalog.pg_attribute x ON x.attrelid = c.oid AND x.attnum = k \
     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[k - 1] AND a.attnum <> 0 \
     LEFT JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[k - 1] LEFT JOIN pg_catalog.pg_namespace s ON s.oid = o.opcnamespace) p \
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))";

/// The objects that a default, a constraint or an index depends on, except those of PostgreSQL itself or of an extension.
/// The catalog refers to them by OID, so a function is never taken for another of the same name. An array stands for its
/// element type. Up to PostgreSQL 14, a generated column itself depends on what its expression names, and the dependency on
/// its type is of another kind.
const NEEDS: &str = ", o AS (SELECT t.name, 'column' AS kind, a.attname::text AS own, 'pg_catalog.pg_attrdef'::pg_catalog.regclass AS class, d.oid, 0 AS sub \
     FROM t JOIN pg_catalog.pg_attrdef d ON d.adrelid = t.oid \
     JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.adnum \
     UNION ALL SELECT t.name, 'column', a.attname::text, 'pg_catalog.pg_class'::pg_catalog.regclass, t.oid, a.attnum \
     FROM t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attgenerated <> '' \
     UNION ALL SELECT t.name, 'constraint', k.conname::text, 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, 0 \
     FROM t JOIN pg_catalog.pg_constraint k ON k.conrelid = t.oid \
     UNION ALL SELECT t.name, 'index', c.relname::text, 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, 0 \
     FROM t JOIN pg_catalog.pg_index i ON i.indrelid = t.oid JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid) \
     SELECT o.name, o.kind, o.own, pg_catalog.array_agg(DISTINCT x.kind || ' ' || \
     CASE WHEN n.nspname = $1 THEN x.name ELSE n.nspname || '.' || x.name END) \
     FROM o JOIN pg_catalog.pg_depend p ON p.classid = o.class AND p.objid = o.oid \
     AND CASE WHEN o.sub = 0 THEN p.deptype IN ('n', 'a') ELSE p.objsubid = o.sub AND p.deptype = 'a' END \
     JOIN LATERAL (SELECT CASE f.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END AS kind, \
     f.proname::text AS name, f.pronamespace AS home, f.oid FROM pg_catalog.pg_proc f \
     WHERE p.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND f.oid = p.refobjid \
     UNION ALL SELECT 'sequence', c.relname::text, c.relnamespace, c.oid FROM pg_catalog.pg_class c \
     WHERE p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = p.refobjid AND c.relkind = 'S' \
     UNION ALL SELECT CASE e.typtype WHEN 'd' THEN 'domain' WHEN 'e' THEN 'enum' WHEN 'c' THEN 'composite type' \
     WHEN 'b' THEN 'type' ELSE 'range type' END, e.typname::text, e.typnamespace, e.oid FROM pg_catalog.pg_type y \
     JOIN pg_catalog.pg_type e ON e.oid = COALESCE((SELECT i.oid FROM pg_catalog.pg_type i WHERE i.typarray = y.oid), y.oid) \
     WHERE p.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND y.oid = p.refobjid \
     UNION ALL SELECT 'operator', r.oprname::text, r.oprnamespace, r.oid FROM pg_catalog.pg_operator r \
     WHERE p.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND r.oid = p.refobjid \
     UNION ALL SELECT 'collation', l.collname::text, l.collnamespace, l.oid FROM pg_catalog.pg_collation l \
     WHERE p.refclassid = 'pg_catalog.pg_collation'::pg_catalog.regclass AND l.oid = p.refobjid \
     UNION ALL SELECT 'operator class', q.opcname::text, q.opcnamespace, q.oid FROM pg_catalog.pg_opclass q \
     WHERE p.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass AND q.oid = p.refobjid \
     UNION ALL SELECT 'text search configuration', g.cfgname::text, g.cfgnamespace, g.oid FROM pg_catalog.pg_ts_config g \
     WHERE p.refclassid = 'pg_catalog.pg_ts_config'::pg_catalog.regclass AND g.oid = p.refobjid) x ON true \
     JOIN pg_catalog.pg_namespace n ON n.oid = x.home WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend m WHERE m.classid = p.refclassid AND m.objid = x.oid AND m.deptype = 'e') \
     GROUP BY 1, 2, 3";

const POLICIES: &str = "SELECT t.name, p.polname::text, pg_catalog.concat_ws(' ', \
     CASE WHEN NOT p.polpermissive THEN 'AS RESTRICTIVE' END, \
     'FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END, \
     'TO ' || (SELECT pg_catalog.string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE r::pg_catalog.regrole::text END, ', ' ORDER BY 1) \
     FROM pg_catalog.unnest(p.polroles) r), \
     'USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', \
     'WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')') \
     FROM t JOIN pg_catalog.pg_policy p ON p.polrelid = t.oid";

const TRIGGERS: &str = "SELECT t.name, g.tgname::text, pg_catalog.pg_get_triggerdef(g.oid, true), \
     CASE g.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'enabled on replicas' WHEN 'A' THEN 'always enabled' ELSE 'enabled' END \
     FROM t JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal";

const ENUMS: &str = "SELECT CASE WHEN n.nspname = $1 THEN y.typname::text ELSE n.nspname || '.' || y.typname END, \
     NULLIF(n.nspname, $1)::text, y.typname::text, \
     ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = y.oid ORDER BY e.enumsortorder), \
     pg_catalog.obj_description(y.oid, 'pg_type') \
     FROM pg_catalog.pg_type y JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace \
     WHERE n.nspname = ANY($2) AND y.typtype = 'e' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
     WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = y.oid AND d.deptype = 'e')";

const EXTENSIONS: &str = "SELECT e.extname::text, n.nspname::text FROM pg_catalog.pg_extension e \
     JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace \
     WHERE e.extname <> 'plpgsql' AND $1::text IS NOT NULL AND $2::text[] IS NOT NULL";

/// Members of extensions are the extension's own business.
const OTHERS: &str = "SELECT kind || ' ' || name FROM (\
     SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' \
     WHEN 'f' THEN 'foreign table' END AS kind, c.relname::text AS name, c.oid, \
     'pg_catalog.pg_class'::pg_catalog.regclass AS class \
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE n.nspname = ANY($2) AND $1::text IS NOT NULL AND c.relkind IN ('v', 'm', 'S', 'f') \
     UNION ALL SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, \
     p.proname::text, p.oid, 'pg_catalog.pg_proc'::pg_catalog.regclass \
     FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY($2) \
     UNION ALL SELECT 'trigger', g.tgname || ' on ' || c.relname, g.oid, 'pg_catalog.pg_trigger'::pg_catalog.regclass \
     FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY($2) AND NOT g.tgisinternal \
     UNION ALL SELECT 'rule', r.rulename || ' on ' || c.relname, r.oid, 'pg_catalog.pg_rewrite'::pg_catalog.regclass \
     FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY($2) AND r.rulename <> '_RETURN' \
     UNION ALL SELECT 'statistics', s.stxname::text, s.oid, 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass \
     FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace WHERE n.nspname = ANY($2) \
     UNION ALL SELECT 'collation', l.collname::text, l.oid, 'pg_catalog.pg_collation'::pg_catalog.regclass \
     FROM pg_catalog.pg_collation l JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace WHERE n.nspname = ANY($2) \
     UNION ALL SELECT CASE y.typtype WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type' ELSE 'composite type' END, \
     y.typname::text, y.oid, 'pg_catalog.pg_type'::pg_catalog.regclass \
     FROM pg_catalog.pg_type y JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace \
     LEFT JOIN pg_catalog.pg_class c ON c.oid = y.typrelid \
     WHERE n.nspname = ANY($2) AND (y.typtype IN ('d', 'r') OR c.relkind = 'c')) o \
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = o.class AND d.objid = o.oid \
     AND (d.deptype IN ('e', 'i') OR d.deptype = 'a' AND kind = 'sequence'))";

/// All of them, in the order that reading expects.
pub(super) fn all() -> [String; 10] {
    let of_tables = [TABLE, COLUMNS, CONSTRAINTS, INDEXES, NEEDS, POLICIES, TRIGGERS];
    let [table, columns, constraints, indexes, needs, policies, triggers] =
        of_tables.map(|query| format!("{TABLES}{query}"));
    let [enums, extensions, others] = [ENUMS, EXTENSIONS, OTHERS].map(str::to_owned);
    [table, columns, constraints, indexes, needs, policies, triggers, enums, extensions, others]
}
