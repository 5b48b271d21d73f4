-- The server, the role, and what the migrated schema ($1) holds under the ledger's name: one row.
SELECT
    pg_catalog.current_setting('server_version_num')::int AS version_num,
    pg_catalog.current_setting('server_version') AS version,
    pg_catalog.pg_is_in_recovery() AS is_standby,
    pg_catalog.current_setting('transaction_read_only') = 'on' AS is_read_only,
    pg_catalog.pg_backend_pid() AS backend,
    current_user::text AS role,
    pg_catalog.current_database()::text AS database,
    EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1) AS schema_exists,
    EXISTS (
        SELECT
        FROM pg_catalog.pg_class former
        JOIN pg_catalog.pg_attribute a ON a.attrelid = former.oid AND a.attname = 'migration_id'
        JOIN pg_catalog.pg_attribute b ON b.attrelid = former.oid AND b.attname = 'module_name'
        WHERE former.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $1) AND former.relname = 'schema_migrations'
    ) AS has_former_ledger,
    ledger.relkind::text AS ledger_kind,
    (
        SELECT pg_catalog.array_agg(
            a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
            ORDER BY a.attnum
        )
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = ledger.oid AND a.attnum > 0 AND NOT a.attisdropped
    ) AS ledger_columns
FROM (SELECT) AS one
LEFT JOIN pg_catalog.pg_class ledger
    ON ledger.relname = 'schemata_migrations'
    AND ledger.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $1)
