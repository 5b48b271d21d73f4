-- Settings of columns are read with their tables, except those of partitions and of materialized views.
-- attcompression exists from PostgreSQL 14 on, so it is read from the row as jsonb.
SELECT 'settings of column' AS kind, s.name, s.statements
FROM (
    SELECT
        r.oid::pg_catalog.regclass::text || '.' || pg_catalog.quote_ident(a.attname) AS name,
        pg_catalog.array_remove(
            ARRAY[
                CASE
                    WHEN COALESCE(a.attstattarget, -1) >= 0
                        THEN pg_catalog.format(
                            'ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s',
                            r.oid::pg_catalog.regclass,
                            a.attname,
                            a.attstattarget
                        )
                END,
                CASE
                    WHEN a.attstorage <> t.typstorage
                        THEN pg_catalog.format(
                            'ALTER TABLE %s ALTER COLUMN %I SET STORAGE %s',
                            r.oid::pg_catalog.regclass,
                            a.attname,
                            CASE a.attstorage
                                WHEN 'p' THEN 'PLAIN'
                                WHEN 'e' THEN 'EXTERNAL'
                                WHEN 'm' THEN 'MAIN'
                                ELSE 'EXTENDED'
                            END
                        )
                END,
                pg_catalog.format(
                    'ALTER TABLE %s ALTER COLUMN %I SET COMPRESSION ',
                    r.oid::pg_catalog.regclass,
                    a.attname
                )
                || CASE pg_catalog.to_jsonb(a) ->> 'attcompression' WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
                CASE
                    WHEN a.attoptions IS NOT NULL
                        THEN pg_catalog.format(
                            'ALTER TABLE %s ALTER COLUMN %I SET (%s)',
                            r.oid::pg_catalog.regclass,
                            a.attname,
                            pg_catalog.array_to_string(a.attoptions, ', ')
                        )
                END
            ],
            NULL
        ) AS statements
    FROM selected AS r
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    WHERE r.relkind IN ('r', 'p') AND r.relispartition OR r.relkind = 'm'
) AS s
WHERE pg_catalog.cardinality(s.statements) > 0
