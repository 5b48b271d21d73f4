-- The ledger of each schema in $1, as far as the catalog tells, and how many locks the server can hold.
SELECT
    n.oid IS NOT NULL AS schema_exists,
    EXISTS (
        SELECT
        FROM pg_catalog.pg_class former
        JOIN pg_catalog.pg_attribute a ON a.attrelid = former.oid AND a.attname = 'migration_id'
        JOIN pg_catalog.pg_attribute b ON b.attrelid = former.oid AND b.attname = 'module_name'
        WHERE former.relnamespace = n.oid AND former.relname = 'schema_migrations'
    ) AS has_former_ledger,
    c.relkind::text AS kind,
    (
        SELECT pg_catalog.array_agg(a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod))
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    ) AS columns,
    pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS is_readable,
    pg_catalog.current_setting('max_locks_per_transaction')::bigint * (
        pg_catalog.current_setting('max_connections')::bigint
        + pg_catalog.current_setting('max_prepared_transactions')::bigint
    ) AS lock_capacity
FROM pg_catalog.unnest($1) WITH ORDINALITY wanted (name, place)
LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.name
LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = 'schemata_migrations'
ORDER BY wanted.place
