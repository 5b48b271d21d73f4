-- Storage parameters of tables are read with the tables, except those of partitions.
SELECT 'settings of table' AS kind, s.name, s.statements
FROM (
    SELECT
        r.oid::pg_catalog.regclass::text AS name,
        pg_catalog.array_remove(
            ARRAY[
                CASE
                    WHEN r.relpersistence = 'u' AND r.relispartition
                        THEN pg_catalog.format('ALTER TABLE %s SET UNLOGGED', r.oid::pg_catalog.regclass)
                END,
                CASE
                    WHEN r.reloptions IS NOT NULL AND r.relispartition
                        THEN pg_catalog.format(
                            'ALTER TABLE %s SET (%s)',
                            r.oid::pg_catalog.regclass,
                            pg_catalog.array_to_string(r.reloptions, ', ')
                        )
                END,
                CASE r.relreplident
                    WHEN 'f'
                        THEN pg_catalog.format('ALTER TABLE %s REPLICA IDENTITY FULL', r.oid::pg_catalog.regclass)
                    WHEN 'n'
                        THEN pg_catalog.format('ALTER TABLE %s REPLICA IDENTITY NOTHING', r.oid::pg_catalog.regclass)
                    WHEN 'i'
                        THEN (
                            SELECT pg_catalog.format(
                                'ALTER TABLE %s REPLICA IDENTITY USING INDEX %I',
                                r.oid::pg_catalog.regclass,
                                c.relname
                            )
                            FROM pg_catalog.pg_index AS i
                            JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
                            WHERE i.indrelid = r.oid AND i.indisreplident
                        )
                END
            ],
            NULL
        ) AS statements
    FROM selected AS r
    WHERE r.relkind IN ('r', 'p')
) AS s
WHERE pg_catalog.cardinality(s.statements) > 0
