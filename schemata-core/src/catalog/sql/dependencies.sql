-- The objects that a default, a constraint or an index depends on, except those of PostgreSQL itself or of an extension.
-- The catalog refers to them by OID, so a function is never mistaken for another of the same name. An array counts as its
-- element type. Up to PostgreSQL 14, a generated column itself depends on what its expression names, and the dependency on
-- its type is of another kind.
SELECT
    o.key AS table_key,
    o.kind AS kind,
    o.name AS name,
    pg_catalog.array_agg(
        DISTINCT x.kind || ' ' || CASE WHEN n.nspname = $1 THEN x.name ELSE n.nspname || '.' || x.name END
    ) AS needs
FROM (
    SELECT
        t.key,
        'column' AS kind,
        a.attname::text AS name,
        'pg_catalog.pg_attrdef'::pg_catalog.regclass AS class,
        d.oid,
        0 AS column_number
    FROM selected AS t
    JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = t.oid
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.adnum
    UNION ALL
    SELECT t.key, 'column', a.attname::text, 'pg_catalog.pg_class'::pg_catalog.regclass, t.oid, a.attnum
    FROM selected AS t
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attgenerated <> ''
    UNION ALL
    SELECT t.key, 'constraint', k.conname::text, 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, 0
    FROM selected AS t
    JOIN pg_catalog.pg_constraint AS k ON k.conrelid = t.oid
    UNION ALL
    SELECT t.key, 'index', c.relname::text, 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, 0
    FROM selected AS t
    JOIN pg_catalog.pg_index AS i ON i.indrelid = t.oid
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
) AS o
JOIN pg_catalog.pg_depend AS p
    ON p.classid = o.class
    AND p.objid = o.oid
    AND CASE
        WHEN o.column_number = 0 THEN p.deptype IN ('n', 'a')
        ELSE p.objsubid = o.column_number AND p.deptype = 'a'
    END
JOIN LATERAL (
    SELECT
        CASE f.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END AS kind,
        f.proname::text AS name,
        f.pronamespace AS namespace,
        f.oid
    FROM pg_catalog.pg_proc AS f
    WHERE p.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND f.oid = p.refobjid
    UNION ALL
    SELECT 'sequence', c.relname::text, c.relnamespace, c.oid
    FROM pg_catalog.pg_class AS c
    WHERE p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = p.refobjid AND c.relkind = 'S'
    UNION ALL
    SELECT
        CASE e.typtype
            WHEN 'd' THEN 'domain'
            WHEN 'e' THEN 'enum'
            WHEN 'c' THEN 'composite type'
            WHEN 'b' THEN 'type'
            ELSE 'range type'
        END,
        e.typname::text,
        e.typnamespace,
        e.oid
    FROM pg_catalog.pg_type AS y
    LEFT JOIN pg_catalog.pg_type AS i ON i.oid = y.typelem AND i.typarray = y.oid
    JOIN pg_catalog.pg_type AS e ON e.oid = COALESCE(i.oid, y.oid)
    WHERE p.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND y.oid = p.refobjid
    UNION ALL
    SELECT 'operator', r.oprname::text, r.oprnamespace, r.oid
    FROM pg_catalog.pg_operator AS r
    WHERE p.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND r.oid = p.refobjid
    UNION ALL
    SELECT 'collation', l.collname::text, l.collnamespace, l.oid
    FROM pg_catalog.pg_collation AS l
    WHERE p.refclassid = 'pg_catalog.pg_collation'::pg_catalog.regclass AND l.oid = p.refobjid
    UNION ALL
    SELECT 'operator class', q.opcname::text, q.opcnamespace, q.oid
    FROM pg_catalog.pg_opclass AS q
    WHERE p.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass AND q.oid = p.refobjid
    UNION ALL
    SELECT 'text search configuration', g.cfgname::text, g.cfgnamespace, g.oid
    FROM pg_catalog.pg_ts_config AS g
    WHERE p.refclassid = 'pg_catalog.pg_ts_config'::pg_catalog.regclass AND g.oid = p.refobjid
) AS x ON true
JOIN pg_catalog.pg_namespace AS n ON n.oid = x.namespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend AS m
        WHERE m.classid = p.refclassid
            AND m.objid = x.oid
            AND m.deptype = 'e'
    )
GROUP BY o.key, o.kind, o.name
