-- plpgsql is part of every new database.
SELECT e.extname::text AS name, n.nspname::text AS schema
FROM pg_catalog.pg_extension AS e
JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
WHERE e.extname <> 'plpgsql'
