-- The index $2 of schema $1, and what rebuilding it concurrently left behind: PostgreSQL appends _ccnew or _ccold to the name,
-- and a number if that name is taken, and shortens a long name to make room.
-- The index of a partitioned table is not listed: it is invalid until all partitions have it, which is no failed build.
SELECT
    c.oid,
    c.relname::text AS name,
    x.indisvalid AND x.indisready AS is_valid,
    t.relname::text AS table_name,
    pg_catalog.pg_get_indexdef(c.oid) AS definition
FROM pg_catalog.pg_index x
JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
CROSS JOIN LATERAL (
    SELECT pg_catalog.regexp_replace(c.relname::text, '_cc(new|old)[0-9]*$', '') AS stem
) AS s
WHERE n.nspname = $1
    AND c.relkind = 'i'
    AND (
        c.relname = $2
        OR s.stem <> c.relname
        AND NOT x.indisvalid
        AND (
            s.stem = $2
            OR pg_catalog.octet_length(c.relname::text) > 60 AND pg_catalog.starts_with($2, s.stem)
        )
    )
