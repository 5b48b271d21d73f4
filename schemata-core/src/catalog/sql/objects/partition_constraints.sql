-- Constraints that a partition has and its table has not.
SELECT
    'constraint' AS kind,
    k.conname || ' on ' || r.oid::pg_catalog.regclass::text AS name,
    ARRAY[
        pg_catalog.format(
            'ALTER TABLE %s ADD CONSTRAINT %I %s',
            r.oid::pg_catalog.regclass,
            k.conname,
            pg_catalog.pg_get_constraintdef(k.oid)
        )
    ] AS statements
FROM selected AS r
JOIN pg_catalog.pg_constraint AS k ON k.conrelid = r.oid
WHERE r.relkind IN ('r', 'p')
    AND r.relispartition
    AND k.contype IN ('p', 'u', 'f', 'c', 'x')
    AND k.conparentid = 0
    AND k.coninhcount = 0
