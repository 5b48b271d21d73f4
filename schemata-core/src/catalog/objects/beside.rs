//! What is said of objects: comments, privileges, owners. And those that are not printed, by name.

/// Those of tables and their columns are the tables' own, but for partitions. Objects of the system have low numbers.
pub(super) const COMMENTS: &str = concat!(
    "SELECT 'comment on ' || i.type, pg_catalog.replace(i.identity, pg_catalog.quote_ident($1) || '.', ''), \
     ARRAY[pg_catalog.format('COMMENT ON %s %s IS %L', CASE WHEN i.type LIKE '% constraint' THEN 'CONSTRAINT' \
     WHEN i.type LIKE '% column' THEN 'COLUMN' WHEN i.type = 'statistics object' THEN 'STATISTICS' ELSE pg_catalog.upper(i.type) END, \
     pg_catalog.replace(CASE i.type WHEN 'domain constraint' THEN pg_catalog.replace(i.identity, ' on ', ' on domain ') ELSE i.identity END, \
     pg_catalog.quote_ident($1) || '.', ''), d.description)] \
     FROM pg_catalog.pg_description d CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i \
     WHERE d.objoid >= 16384 AND (i.type NOT IN ('table', 'table column', 'extension') OR EXISTS (SELECT FROM pg_catalog.pg_class c \
     WHERE d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = d.objoid AND c.relispartition)) AND $2::text[] IS NOT NULL AND ",
    " NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid = d.classoid AND x.objid = d.objoid AND x.deptype = 'e')"
);

/// Of tables, views, sequences and single columns. What the owner may do goes without saying.
pub(super) const GRANTS: &str = concat!(
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
pub(super) const FUNCTION_GRANTS: &str = concat!(
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

pub(super) const OWNERS: &str = concat!(
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
pub(super) const REST: &str = "SELECT i.type, pg_catalog.replace(i.identity, pg_catalog.quote_ident($1) || '.', '') || o.further, '{}'::text[] FROM (\
     SELECT d.classid, d.objid, '' AS further FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_namespace n ON n.oid = d.refobjid \
     LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = d.objid \
     LEFT JOIN pg_catalog.pg_proc p ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = d.objid \
     LEFT JOIN pg_catalog.pg_type y ON d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND y.oid = d.objid \
     WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND n.nspname = ANY($2) \
     AND (d.classid NOT IN ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass, \
     'pg_catalog.pg_type'::pg_catalog.regclass, 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, \
     'pg_catalog.pg_extension'::pg_catalog.regclass, 'pg_catalog.pg_default_acl'::pg_catalog.regclass) \
     OR c.relkind = 'f' OR p.prokind = 'a' OR y.typtype IN ('r', 'b') AND y.typelem = 0) \
     UNION ALL SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, oid, '' FROM pg_catalog.pg_event_trigger \
     UNION ALL SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass, oid, '' FROM pg_catalog.pg_publication \
     UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, oid, '' FROM pg_catalog.pg_foreign_data_wrapper \
     UNION ALL SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, oid, '' FROM pg_catalog.pg_foreign_server \
     UNION ALL SELECT 'pg_catalog.pg_default_acl'::pg_catalog.regclass, oid, ': ' || defaclacl::text FROM pg_catalog.pg_default_acl \
     UNION ALL SELECT 'pg_catalog.pg_cast'::pg_catalog.regclass, oid, '' FROM pg_catalog.pg_cast WHERE oid >= 16384 \
     UNION ALL SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, oid, '' FROM pg_catalog.pg_language WHERE oid >= 16384 \
     UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, y.oid, ' for ' || y.typacl::text FROM pg_catalog.pg_type y \
     JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace WHERE n.nspname = ANY($2) AND y.typacl IS NOT NULL \
     UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, r.oid, ', some of it forbidden to its owner' FROM pg_catalog.pg_class r \
     JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace WHERE n.nspname = ANY($2) AND r.relacl IS NOT NULL \
     AND (SELECT pg_catalog.count(*) FROM pg_catalog.aclexplode(r.relacl) a WHERE a.grantee = r.relowner) <> (SELECT pg_catalog.count(*) \
     FROM pg_catalog.aclexplode(pg_catalog.acldefault(CASE r.relkind WHEN 'S' THEN 's'::\"char\" ELSE 'r' END, r.relowner))) \
     UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, r.oid, pg_catalog.concat(\
     ' of type ' || NULLIF(r.reloftype, 0)::pg_catalog.regtype, ' by ' || NULLIF(m.amname, 'heap'), ' in tablespace ' || p.spcname) \
     FROM pg_catalog.pg_class r JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace LEFT JOIN pg_catalog.pg_am m ON m.oid = r.relam \
     LEFT JOIN pg_catalog.pg_tablespace p ON p.oid = r.reltablespace WHERE n.nspname = ANY($2) AND (r.relkind IN ('r', 'p', 'm') \
     AND (r.reloftype <> 0 OR m.amname <> 'heap') OR r.relkind IN ('r', 'p', 'm', 'i', 'I') AND r.reltablespace <> 0) \
     UNION ALL SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, ' for ' || n.nspacl::text FROM pg_catalog.pg_namespace n \
     WHERE n.nspname = ANY($2) AND n.nspacl IS NOT NULL) o \
     CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.classid, o.objid, 0) i \
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid = o.classid AND x.objid = o.objid AND x.deptype IN ('e', 'i')) \
     AND $1::text IS NOT NULL";
