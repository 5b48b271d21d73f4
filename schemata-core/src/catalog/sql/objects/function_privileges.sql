-- PUBLIC may call a function until the privilege is revoked.
SELECT 'privileges on' AS kind, g.name, g.statements
FROM (
    SELECT
        p.oid::pg_catalog.regprocedure::text AS name,
        CASE
            WHEN EXISTS (SELECT FROM pg_catalog.aclexplode(p.proacl) AS a WHERE a.grantee = 0) THEN '{}'
            ELSE ARRAY['REVOKE ALL ON ROUTINE ' || p.oid::pg_catalog.regprocedure || ' FROM PUBLIC']
        END
        || ARRAY(
            SELECT pg_catalog.format(
                'GRANT EXECUTE ON ROUTINE %s TO %s%s',
                p.oid::pg_catalog.regprocedure,
                a.grantee::pg_catalog.regrole,
                CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' END
            ) AS statement
            FROM pg_catalog.aclexplode(p.proacl) AS a
            WHERE a.grantee NOT IN (0, p.proowner)
            ORDER BY statement
        ) AS statements
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = ANY ($2)
        AND p.proacl IS NOT NULL
        AND NOT EXISTS (
            SELECT
            FROM belonging AS x
            WHERE x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND x.objid = p.oid
        )
) AS g
WHERE pg_catalog.cardinality(g.statements) > 0
