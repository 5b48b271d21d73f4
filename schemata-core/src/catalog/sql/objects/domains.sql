SELECT
    'domain' AS kind,
    y.oid::pg_catalog.regtype::text AS name,
    ARRAY[
        pg_catalog.concat_ws(
            ' ',
            'CREATE DOMAIN',
            y.oid::pg_catalog.regtype::text,
            'AS',
            pg_catalog.format_type(y.typbasetype, y.typtypmod),
            CASE
                WHEN y.typcollation <> b.typcollation
                    THEN 'COLLATE ' || y.typcollation::pg_catalog.regcollation::text
            END,
            'DEFAULT ' || y.typdefault,
            CASE WHEN y.typnotnull THEN 'NOT NULL' END,
            (
                SELECT pg_catalog.string_agg(
                    pg_catalog.format('CONSTRAINT %I %s', k.conname, pg_catalog.pg_get_constraintdef(k.oid)),
                    ' ' ORDER BY k.conname
                )
                FROM pg_catalog.pg_constraint AS k
                WHERE k.contypid = y.oid AND k.contype = 'c'
            )
        )
    ] AS statements
FROM pg_catalog.pg_type AS y
JOIN pg_catalog.pg_namespace AS n ON n.oid = y.typnamespace
JOIN pg_catalog.pg_type AS b ON b.oid = y.typbasetype
WHERE n.nspname = ANY ($2)
    AND y.typtype = 'd'
    AND NOT EXISTS (
        SELECT
        FROM belonging AS x
        WHERE x.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND x.objid = y.oid
    )
