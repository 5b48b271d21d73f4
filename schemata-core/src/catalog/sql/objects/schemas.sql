SELECT
    'schema' AS kind,
    pg_catalog.quote_ident(n.nspname) AS name,
    ARRAY['CREATE SCHEMA IF NOT EXISTS ' || pg_catalog.quote_ident(n.nspname)] AS statements
FROM pg_catalog.pg_namespace AS n
WHERE n.nspname = ANY ($2)
    AND n.nspname NOT IN ($1, 'public')
