SELECT 'settings of index' AS kind, s.name, s.statements
FROM (
    SELECT
        r.oid::pg_catalog.regclass::text AS name,
        ARRAY(
            SELECT pg_catalog.format(
                'ALTER %s %s CLUSTER ON %I',
                CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END,
                c.oid::pg_catalog.regclass,
                r.relname
            )
            FROM pg_catalog.pg_index AS i
            JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
            WHERE i.indexrelid = r.oid AND i.indisclustered
        )
        -- What is printed of a key has no storage parameters.
        || ARRAY(
            SELECT pg_catalog.format(
                'ALTER INDEX %s SET (%s)',
                r.oid::pg_catalog.regclass,
                pg_catalog.array_to_string(r.reloptions, ', ')
            )
            FROM pg_catalog.pg_constraint AS k
            WHERE k.conindid = r.oid AND k.contype IN ('p', 'u') AND r.reloptions IS NOT NULL
        )
        || ARRAY(
            SELECT pg_catalog.format(
                'ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s',
                r.oid::pg_catalog.regclass,
                a.attnum,
                a.attstattarget
            )
            FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = r.oid AND COALESCE(a.attstattarget, -1) >= 0
            ORDER BY a.attnum
        ) AS statements
    FROM selected AS r
    WHERE r.relkind IN ('i', 'I')
) AS s
WHERE pg_catalog.cardinality(s.statements) > 0
