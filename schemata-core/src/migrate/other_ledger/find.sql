-- The tables of schema $1 that have a name of $2 and that the role may read, with their columns.
SELECT
    c.relname::text AS name,
    (
        SELECT pg_catalog.array_agg(a.attname::text)
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    ) AS columns
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = ANY ($2) AND c.relkind IN ('r', 'p')
    AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
ORDER BY c.relname
