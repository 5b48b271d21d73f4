SELECT
    t.key AS table_key,
    NULLIF(t.nspname, $1)::text AS schema,
    t.relname::text AS name,
    t.relpersistence = 'u' AS unlogged,
    pg_catalog.pg_get_partkeydef(t.oid) AS partitioned_by,
    ARRAY(
        SELECT i.inhparent::pg_catalog.regclass::text
        FROM pg_catalog.pg_inherits AS i
        WHERE i.inhrelid = t.oid
        ORDER BY i.inhseqno
    ) AS parents,
    t.relrowsecurity AS row_security,
    t.relforcerowsecurity AS row_security_forced,
    pg_catalog.obj_description(t.oid, 'pg_class') AS comment,
    COALESCE(t.reloptions, '{}') || ARRAY(
        SELECT 'toast.' || o.option
        FROM pg_catalog.pg_class AS s
        CROSS JOIN LATERAL pg_catalog.unnest(s.reloptions) AS o (option)
        WHERE s.oid = t.reltoastrelid
    ) AS options,
    ARRAY(
        SELECT p.relid::text
        FROM pg_catalog.pg_partition_tree(CASE WHEN t.relkind = 'p' THEN t.oid END) AS p
        WHERE p.level > 0
        ORDER BY 1
    ) AS partitions
FROM selected AS t
