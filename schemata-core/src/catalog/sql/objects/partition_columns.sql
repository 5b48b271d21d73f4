-- Defaults and NOT NULL of a partition that differ from its table's.
SELECT 'column' AS kind, c.name, c.statements
FROM (
    SELECT
        r.oid::pg_catalog.regclass::text || '.' || pg_catalog.quote_ident(a.attname) AS name,
        pg_catalog.array_remove(
            ARRAY[
                CASE
                    WHEN a.attgenerated = ''
                        AND pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                            IS DISTINCT FROM pg_catalog.pg_get_expr(e.adbin, e.adrelid)
                        THEN pg_catalog.format(
                            'ALTER TABLE %s ALTER COLUMN %I %s',
                            r.oid::pg_catalog.regclass,
                            a.attname,
                            COALESCE('SET DEFAULT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'DROP DEFAULT')
                        )
                END,
                CASE
                    WHEN a.attnotnull AND NOT b.attnotnull
                        THEN pg_catalog.format(
                            'ALTER TABLE %s ALTER COLUMN %I SET NOT NULL',
                            r.oid::pg_catalog.regclass,
                            a.attname
                        )
                END
            ],
            NULL
        ) AS statements
    FROM selected AS r
    JOIN pg_catalog.pg_inherits AS h ON h.inhrelid = r.oid
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_attribute AS b ON b.attrelid = h.inhparent AND b.attname = a.attname
    LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = r.oid AND d.adnum = a.attnum
    LEFT JOIN pg_catalog.pg_attrdef AS e ON e.adrelid = b.attrelid AND e.adnum = b.attnum
    WHERE r.relkind IN ('r', 'p')
        AND r.relispartition
) AS c
WHERE pg_catalog.cardinality(c.statements) > 0
