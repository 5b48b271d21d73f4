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
            CASE p.prokind WHEN 'a' THEN 'ALTER AGGREGATE %s OWNER TO %s' ELSE 'ALTER ROUTINE %s OWNER TO %s' END,
            CASE
                WHEN p.prokind = 'a' AND p.pronargs = 0
                    THEN pg_catalog.replace(p.oid::pg_catalog.regprocedure::text, '()', '(*)')
                ELSE p.oid::pg_catalog.regprocedure::text
            END,
            p.proowner::pg_catalog.regrole
        )
    ]
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = ANY ($2)
    AND p.proowner <> (SELECT u.oid FROM pg_catalog.pg_roles AS u WHERE u.rolname = current_user)
    AND NOT EXISTS (
        SELECT
        FROM belonging AS x
        WHERE x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND x.objid = p.oid
    )
UNION ALL
SELECT
    'owner of',
    y.oid::pg_catalog.regtype::text,
    ARRAY[
        pg_catalog.format(
            'ALTER %s %s OWNER TO %s',
            CASE y.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END,
            y.oid::pg_catalog.regtype,
            y.typowner::pg_catalog.regrole
        )
    ]
FROM pg_catalog.pg_type AS y
JOIN pg_catalog.pg_namespace AS n ON n.oid = y.typnamespace
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = y.typrelid
WHERE n.nspname = ANY ($2)
    AND (y.typtype IN ('e', 'd', 'r') OR c.relkind = 'c')
    AND y.typowner <> (SELECT u.oid FROM pg_catalog.pg_roles AS u WHERE u.rolname = current_user)
    AND NOT EXISTS (
        SELECT
        FROM belonging AS x
        WHERE x.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND x.objid = y.oid
    )
UNION ALL
-- A new database has the schema public, which belongs to the owner of the database or to the first superuser.
SELECT
    'owner of',
    'schema ' || pg_catalog.quote_ident(n.nspname),
    ARRAY[pg_catalog.format('ALTER SCHEMA %I OWNER TO %s', n.nspname, n.nspowner::pg_catalog.regrole)]
FROM pg_catalog.pg_namespace AS n
WHERE n.nspname = ANY ($2)
    AND (n.nspname <> $1 OR n.nspname = 'public')
    AND n.nspowner <> (SELECT u.oid FROM pg_catalog.pg_roles AS u WHERE u.rolname = current_user)
    AND NOT (n.nspname = 'public' AND (n.nspowner = 10 OR n.nspowner::pg_catalog.regrole::text = 'pg_database_owner'))
