-- Owners other than the current role. A sequence that belongs to a column has the owner of its table.
SELECT
    'owner of' AS kind,
    r.oid::pg_catalog.regclass::text AS name,
    ARRAY[
        pg_catalog.format(
            'ALTER %s %s OWNER TO %s',
            CASE r.relkind
                WHEN 'v' THEN 'VIEW'
                WHEN 'm' THEN 'MATERIALIZED VIEW'
                WHEN 'S' THEN 'SEQUENCE'
                ELSE 'TABLE'
            END,
            r.oid::pg_catalog.regclass,
            r.relowner::pg_catalog.regrole
        )
    ] AS statements
FROM selected AS r
WHERE r.relkind IN ('r', 'p', 'v', 'm', 'S')
    AND r.relowner <> (SELECT u.oid FROM pg_catalog.pg_roles AS u WHERE u.rolname = current_user)
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend AS d
        WHERE r.relkind = 'S'
            AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.objid = r.oid
            AND d.deptype IN ('i', 'a')
    )
UNION ALL
SELECT
    'owner of',
    p.oid::pg_catalog.regprocedure::text,
    ARRAY[
        pg_catalog.format(
            'ALTER ROUTINE %s OWNER TO %s',
            p.oid::pg_catalog.regprocedure,
            p.proowner::pg_catalog.regrole
        )
    ]
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = ANY ($2)
    AND p.prokind <> 'a'
    AND p.proowner <> (SELECT u.oid FROM pg_catalog.pg_roles AS u WHERE u.rolname = current_user)
    AND NOT EXISTS (
        SELECT
        FROM belonging AS x
        WHERE x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND x.objid = p.oid
    )
