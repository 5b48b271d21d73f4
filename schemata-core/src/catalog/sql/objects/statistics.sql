SELECT
    'statistics' AS kind,
    CASE WHEN n.nspname = $1 THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END || s.stxname AS name,
    ARRAY[
        'CREATE STATISTICS '
        || CASE WHEN n.nspname = $1 THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END
        || pg_catalog.substr(
            pg_catalog.pg_get_statisticsobjdef(s.oid),
            1 + pg_catalog.length(pg_catalog.format('CREATE STATISTICS %I.', n.nspname))
        )
    ]
    || CASE
        WHEN COALESCE(s.stxstattarget, -1) >= 0
            THEN ARRAY[
                pg_catalog.format(
                    'ALTER STATISTICS %s SET STATISTICS %s',
                    CASE WHEN n.nspname = $1 THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END
                    || pg_catalog.quote_ident(s.stxname),
                    s.stxstattarget
                )
            ]
        ELSE '{}'
    END AS statements
FROM pg_catalog.pg_statistic_ext AS s
JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
WHERE n.nspname = ANY ($2)
    AND NOT EXISTS (
        SELECT
        FROM belonging AS x
        WHERE x.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND x.objid = s.oid
    )
