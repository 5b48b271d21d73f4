-- Domains and composite types, with their parts: constraints by name, or attributes in their order.
SELECT
    CASE WHEN n.nspname = $1 THEN y.typname::text ELSE n.nspname || '.' || y.typname END AS key,
    NULLIF(n.nspname, $1)::text AS schema,
    y.typname::text AS name,
    y.typtype = 'd' AS is_domain,
    CASE WHEN y.typtype = 'd' THEN pg_catalog.format_type(y.typbasetype, y.typtypmod) END AS base,
    y.typnotnull AS not_null,
    CASE WHEN y.typtype = 'd' THEN pg_catalog.pg_get_expr(y.typdefaultbin, 0) END AS domain_default,
    CASE
        WHEN y.typtype = 'd' AND y.typcollation <> (SELECT b.typcollation FROM pg_catalog.pg_type AS b WHERE b.oid = y.typbasetype)
            THEN y.typcollation::pg_catalog.regcollation::text
    END AS domain_collation,
    p.names,
    p.definitions,
    -- Whether a domain has no default, NOT NULL or collation, and no part has a collation
    CASE y.typtype
        WHEN 'd' THEN NOT y.typnotnull
            AND y.typdefault IS NULL
            AND y.typcollation = (SELECT b.typcollation FROM pg_catalog.pg_type AS b WHERE b.oid = y.typbasetype)
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.contypid = y.oid AND NOT k.convalidated)
        ELSE NOT EXISTS (
            SELECT
            FROM pg_catalog.pg_attribute AS a
            JOIN pg_catalog.pg_type AS b ON b.oid = a.atttypid
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attcollation <> b.typcollation
        )
    END AS is_expressible,
    t.schemas AS type_schemas,
    t.names AS type_names,
    t.classes AS type_classes,
    t.arrays AS type_arrays
FROM pg_catalog.pg_type AS y
JOIN pg_catalog.pg_namespace AS n ON n.oid = y.typnamespace
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = y.typrelid
CROSS JOIN LATERAL (
    SELECT
        COALESCE(pg_catalog.array_agg(o.name ORDER BY o.place, o.name), '{}') AS names,
        COALESCE(pg_catalog.array_agg(o.definition ORDER BY o.place, o.name), '{}') AS definitions
    FROM (
        SELECT 0 AS place, k.conname::text AS name, pg_catalog.pg_get_constraintdef(k.oid) AS definition
        FROM pg_catalog.pg_constraint AS k
        WHERE k.contypid = y.oid AND k.contype = 'c'
        UNION ALL
        SELECT a.attnum, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod)
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    ) AS o
) AS p
-- The base type of a domain, or the types of the attributes
CROSS JOIN LATERAL (
    SELECT
        COALESCE(pg_catalog.array_agg(NULLIF(m.nspname, $1)::text ORDER BY u.place), '{}') AS schemas,
        COALESCE(pg_catalog.array_agg(e.typname::text ORDER BY u.place), '{}') AS names,
        COALESCE(pg_catalog.array_agg(e.typtype::text ORDER BY u.place), '{}') AS classes,
        COALESCE(pg_catalog.array_agg(i.oid IS NOT NULL ORDER BY u.place), '{}') AS arrays
    FROM (
        SELECT 0 AS place, y.typbasetype AS type
        WHERE y.typtype = 'd'
        UNION ALL
        SELECT a.attnum, a.atttypid
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    ) AS u
    JOIN pg_catalog.pg_type AS q ON q.oid = u.type
    LEFT JOIN pg_catalog.pg_type AS i ON i.oid = q.typelem AND i.typarray = q.oid
    JOIN pg_catalog.pg_type AS e ON e.oid = COALESCE(i.oid, q.oid)
    JOIN pg_catalog.pg_namespace AS m ON m.oid = e.typnamespace
) AS t
WHERE n.nspname = ANY ($2)
    AND (y.typtype = 'd' OR c.relkind = 'c')
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
            AND d.objid = y.oid
            AND d.deptype = 'e'
    )
