SELECT
    'extension' AS kind,
    e.extname::text AS name,
    ARRAY[
        'CREATE EXTENSION IF NOT EXISTS ' || pg_catalog.quote_ident(e.extname)
        || CASE WHEN n.nspname = $1 THEN '' ELSE ' WITH SCHEMA ' || pg_catalog.quote_ident(n.nspname) END
    ] AS statements
FROM pg_catalog.pg_extension AS e
JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
WHERE e.extname <> 'plpgsql'
