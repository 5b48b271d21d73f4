-- The schemas of a database beside $1, without those of the system and of extensions.
SELECT n.nspname::text AS name
FROM pg_catalog.pg_namespace AS n
WHERE NOT pg_catalog.starts_with(n.nspname::text, 'pg_')
    AND n.nspname NOT IN ('information_schema', $1)
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
            AND d.objid = n.oid
            AND d.deptype = 'e'
    )
ORDER BY name
