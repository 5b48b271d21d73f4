SELECT
    'composite type' AS kind,
    r.reltype::pg_catalog.regtype::text AS name,
    ARRAY[
        'CREATE TYPE ' || r.reltype::pg_catalog.regtype::text || ' AS ('
        || (
            SELECT pg_catalog.string_agg(
                pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
                || CASE
                    WHEN a.attcollation <> t.typcollation
                        THEN ' COLLATE ' || a.attcollation::pg_catalog.regcollation::text
                    ELSE ''
                END,
                ', ' ORDER BY a.attnum
            )
            FROM pg_catalog.pg_attribute AS a
            JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
            WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
        )
        || ')'
    ] AS statements
FROM selected AS r
WHERE r.relkind = 'c'
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend AS x
        WHERE x.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND x.objid = r.reltype AND x.deptype = 'e'
    )
