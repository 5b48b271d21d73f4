SELECT
    CASE WHEN n.nspname = $1 THEN y.typname::text ELSE n.nspname || '.' || y.typname END AS key,
    NULLIF(n.nspname, $1)::text AS schema,
    y.typname::text AS name,
    ARRAY(
        SELECT e.enumlabel::text
        FROM pg_catalog.pg_enum AS e
        WHERE e.enumtypid = y.oid
        ORDER BY e.enumsortorder
    ) AS labels,
    pg_catalog.obj_description(y.oid, 'pg_type') AS comment
FROM pg_catalog.pg_type AS y
JOIN pg_catalog.pg_namespace AS n ON n.oid = y.typnamespace
WHERE n.nspname = ANY ($2)
    AND y.typtype = 'e'
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
            AND d.objid = y.oid
            AND d.deptype = 'e'
    )
