SELECT
    'row security on' AS kind,
    r.oid::pg_catalog.regclass::text AS name,
    pg_catalog.array_remove(
        ARRAY[
            pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', r.oid::pg_catalog.regclass),
            CASE
                WHEN r.relforcerowsecurity
                    THEN pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', r.oid::pg_catalog.regclass)
            END
        ],
        NULL
    ) AS statements
FROM selected AS r
WHERE r.relkind IN ('r', 'p')
    AND r.relrowsecurity
