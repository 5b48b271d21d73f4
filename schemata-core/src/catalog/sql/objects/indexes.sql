-- Indexes of materialized views, and those that a partition has and its table has not. The catalog's tables have their own.
SELECT
    'index' AS kind,
    i.indexrelid::pg_catalog.regclass::text AS name,
    ARRAY[
        pg_catalog.format(
            'CREATE %sINDEX %I ON %s ',
            CASE WHEN i.indisunique THEN 'UNIQUE ' END,
            c.relname,
            r.oid::pg_catalog.regclass
        )
        || pg_catalog.substr(
            pg_catalog.pg_get_indexdef(c.oid),
            1 + pg_catalog.length(
                pg_catalog.format(
                    'CREATE %sINDEX %I ON %s%I.%I ',
                    CASE WHEN i.indisunique THEN 'UNIQUE ' END,
                    c.relname,
                    CASE c.relkind WHEN 'I' THEN 'ONLY ' END,
                    r.nspname,
                    r.relname
                )
            )
        )
    ] AS statements
FROM selected AS r
JOIN pg_catalog.pg_index AS i ON i.indrelid = r.oid
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
WHERE (r.relkind = 'm' OR r.relkind IN ('r', 'p') AND r.relispartition)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid = c.oid)
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_constraint AS k
        WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')
    )
