SELECT
    'partition' AS kind,
    r.oid::pg_catalog.regclass::text AS name,
    ARRAY[
        pg_catalog.format(
            'CREATE TABLE %s PARTITION OF %s %s',
            r.oid::pg_catalog.regclass,
            (SELECT h.inhparent::pg_catalog.regclass FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid = r.oid),
            pg_catalog.pg_get_expr(r.relpartbound, r.oid)
        )
        || COALESCE(' PARTITION BY ' || pg_catalog.pg_get_partkeydef(r.oid), '')
    ] AS statements
FROM selected AS r
WHERE r.relkind IN ('r', 'p')
    AND r.relispartition
