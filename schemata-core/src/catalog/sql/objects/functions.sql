-- PostgreSQL always qualifies the name in the first line.
SELECT
    CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind,
    p.oid::pg_catalog.regprocedure::text AS name,
    ARRAY[
        'CREATE ' || CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END
        || CASE WHEN n.nspname = $1 THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END
        || pg_catalog.rtrim(
            pg_catalog.substr(
                pg_catalog.pg_get_functiondef(p.oid),
                1 + pg_catalog.length(
                    pg_catalog.format(
                        'CREATE OR REPLACE %s %I.',
                        CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
                        n.nspname
                    )
                )
            ),
            E'\n'
        )
    ] AS statements
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = ANY ($2)
    AND p.prokind <> 'a'
    AND NOT EXISTS (
        SELECT
        FROM belonging AS x
        WHERE x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND x.objid = p.oid
    )
