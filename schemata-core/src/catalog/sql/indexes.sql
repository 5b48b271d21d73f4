-- The definition begins behind the table's name, which is always qualified and so differs between schemas. An operator class
-- is qualified if its schema is not on the path when tables are created.
SELECT
    t.key AS table_key,
    c.relname::text AS name,
    CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END
        || pg_catalog.substr(
            pg_catalog.pg_get_indexdef(c.oid),
            1 + pg_catalog.length(
                pg_catalog.format(
                    'CREATE %sINDEX %I ON %s%I.%I USING ',
                    CASE WHEN i.indisunique THEN 'UNIQUE ' END,
                    c.relname,
                    CASE WHEN c.relkind = 'I' THEN 'ONLY ' END,
                    t.nspname,
                    t.relname
                )
            )
        ) AS definition,
    i.indisvalid AND i.indisready AS valid,
    i.indisunique AS is_unique,
    -- PostgreSQL 15
    COALESCE(pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct', 'false') = 'true' AS nulls_not_distinct,
    m.amname::text AS method,
    pg_catalog.pg_get_expr(i.indpred, i.indrelid, true) AS predicate,
    pg_catalog.obj_description(c.oid, 'pg_class') AS comment,
    -- The index of an exclusion constraint
    k.conname::text AS constraint,
    COALESCE(c.reloptions, '{}') AS options,
    i.indnkeyatts AS key_parts,
    part.columns AS part_columns,
    part.expressions AS part_expressions,
    part.flags AS part_flags,
    part.classes AS part_classes,
    part.collations AS part_collations
FROM selected AS t
JOIN pg_catalog.pg_index AS i ON i.indrelid = t.oid
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
CROSS JOIN LATERAL (
    SELECT
        pg_catalog.array_agg(a.attname::text ORDER BY k) AS columns,
        pg_catalog.array_agg(
            CASE WHEN i.indkey[k - 1] = 0 THEN pg_catalog.pg_get_indexdef(c.oid, k, true) END
            ORDER BY k
        ) AS expressions,
        pg_catalog.array_agg(COALESCE(i.indoption[k - 1], 0) ORDER BY k) AS flags,
        pg_catalog.array_agg(
            CASE
                WHEN NOT o.opcdefault OR x.attoptions IS NOT NULL THEN
                    CASE WHEN s.nspname IN ('pg_catalog', 'public', $1) THEN '' ELSE s.nspname || '.' END
                    || CASE
                        WHEN pg_catalog.strpos(o.opcname, '.') > 0 THEN pg_catalog.quote_ident(o.opcname)
                        ELSE o.opcname
                    END
                    || COALESCE('(' || pg_catalog.array_to_string(x.attoptions, ', ') || ')', '')
            END
            ORDER BY k
        ) AS classes,
        pg_catalog.array_agg(
            CASE
                WHEN i.indcollation[k - 1] NOT IN (0, COALESCE(a.attcollation, 100))
                    THEN i.indcollation[k - 1]::pg_catalog.regcollation::text
            END
            ORDER BY k
        ) AS collations
    FROM pg_catalog.generate_series(1, i.indnatts::int) AS g (k)
    JOIN pg_catalog.pg_attribute AS x ON x.attrelid = c.oid AND x.attnum = k
    LEFT JOIN pg_catalog.pg_attribute AS a
        ON a.attrelid = t.oid AND a.attnum = i.indkey[k - 1] AND a.attnum <> 0
    LEFT JOIN pg_catalog.pg_opclass AS o ON o.oid = i.indclass[k - 1]
    LEFT JOIN pg_catalog.pg_namespace AS s ON s.oid = o.opcnamespace
) AS part
LEFT JOIN pg_catalog.pg_constraint AS k ON k.conindid = i.indexrelid AND k.contype = 'x'
WHERE NOT EXISTS (
    SELECT
    FROM pg_catalog.pg_constraint AS k
    WHERE k.conindid = i.indexrelid
        AND k.contype IN ('p', 'u')
)
