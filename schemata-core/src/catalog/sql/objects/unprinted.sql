-- Everything that PostgreSQL does not print as a statement: further objects of the schemas, objects of the whole database, and
-- properties of relations, each by name.
SELECT
    i.type AS kind,
    pg_catalog.replace(i.identity, pg_catalog.quote_ident($1) || '.', '') || o.property AS name,
    '{}'::text[] AS statements
FROM (
    -- Foreign tables, base types, operators and the like
    SELECT d.classid, d.objid, '' AS property
    FROM pg_catalog.pg_depend AS d
    JOIN pg_catalog.pg_namespace AS n ON n.oid = d.refobjid
    LEFT JOIN pg_catalog.pg_class AS c
        ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = d.objid
    LEFT JOIN pg_catalog.pg_type AS y
        ON d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND y.oid = d.objid
    WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
        AND n.nspname = ANY ($2)
        AND (
            d.classid NOT IN (
                'pg_catalog.pg_class'::pg_catalog.regclass,
                'pg_catalog.pg_proc'::pg_catalog.regclass,
                'pg_catalog.pg_type'::pg_catalog.regclass,
                'pg_catalog.pg_statistic_ext'::pg_catalog.regclass,
                'pg_catalog.pg_collation'::pg_catalog.regclass,
                'pg_catalog.pg_ts_config'::pg_catalog.regclass,
                'pg_catalog.pg_ts_dict'::pg_catalog.regclass,
                'pg_catalog.pg_extension'::pg_catalog.regclass,
                'pg_catalog.pg_default_acl'::pg_catalog.regclass
            )
            OR c.relkind = 'f'
            OR y.typtype = 'b' AND y.typelem = 0
        )
    UNION ALL
    SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, e.oid, ''
    FROM pg_catalog.pg_event_trigger AS e
    UNION ALL
    SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass, p.oid, ''
    FROM pg_catalog.pg_publication AS p
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, w.oid, ''
    FROM pg_catalog.pg_foreign_data_wrapper AS w
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, s.oid, ''
    FROM pg_catalog.pg_foreign_server AS s
    UNION ALL
    SELECT 'pg_catalog.pg_default_acl'::pg_catalog.regclass, a.oid, ': ' || a.defaclacl::text
    FROM pg_catalog.pg_default_acl AS a
    UNION ALL
    SELECT 'pg_catalog.pg_cast'::pg_catalog.regclass, c.oid, ''
    FROM pg_catalog.pg_cast AS c
    WHERE c.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid, ''
    FROM pg_catalog.pg_language AS l
    WHERE l.oid >= 16384
    UNION ALL
    -- Privileges on types
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, y.oid, ' for ' || y.typacl::text
    FROM pg_catalog.pg_type AS y
    JOIN pg_catalog.pg_namespace AS n ON n.oid = y.typnamespace
    WHERE n.nspname = ANY ($2) AND y.typacl IS NOT NULL
    UNION ALL
    -- Relations whose owner lacks privileges
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, r.oid, ', some of it forbidden to its owner'
    FROM pg_catalog.pg_class AS r
    JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
    WHERE n.nspname = ANY ($2)
        AND r.relacl IS NOT NULL
        AND (
            SELECT pg_catalog.count(*)
            FROM pg_catalog.aclexplode(r.relacl) AS a
            WHERE a.grantee = r.relowner
        ) <> (
            SELECT pg_catalog.count(*)
            FROM pg_catalog.aclexplode(
                pg_catalog.acldefault(CASE r.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, r.relowner)
            )
        )
    UNION ALL
    -- Typed tables, access methods and tablespaces
    SELECT
        'pg_catalog.pg_class'::pg_catalog.regclass,
        r.oid,
        pg_catalog.concat(
            ' of type ' || NULLIF(r.reloftype, 0)::pg_catalog.regtype,
            ' by ' || NULLIF(m.amname, 'heap'),
            ' in tablespace ' || p.spcname
        )
    FROM pg_catalog.pg_class AS r
    JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
    LEFT JOIN pg_catalog.pg_am AS m ON m.oid = r.relam
    LEFT JOIN pg_catalog.pg_tablespace AS p ON p.oid = r.reltablespace
    WHERE n.nspname = ANY ($2)
        AND (
            r.relkind IN ('r', 'p', 'm') AND (r.reloftype <> 0 OR m.amname <> 'heap')
            OR r.relkind IN ('r', 'p', 'm', 'i', 'I') AND r.reltablespace <> 0
        )
    UNION ALL
    -- Privileges on schemas
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, ' for ' || n.nspacl::text
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname = ANY ($2) AND n.nspacl IS NOT NULL
) AS o
CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.classid, o.objid, 0) AS i
WHERE NOT EXISTS (
    SELECT
    FROM pg_catalog.pg_depend AS x
    WHERE x.classid = o.classid
        AND x.objid = o.objid
        AND x.deptype IN ('e', 'i')
)
