-- Multirange types exist from PostgreSQL 14 on.
SELECT
    'type' AS kind,
    y.oid::pg_catalog.regtype::text AS name,
    ARRAY[
        pg_catalog.format(
            'CREATE TYPE %s AS RANGE (%s)',
            y.oid::pg_catalog.regtype,
            pg_catalog.concat_ws(
                ', ',
                'SUBTYPE = ' || pg_catalog.format_type(r.rngsubtype, NULL),
                CASE
                    WHEN NOT o.opcdefault THEN 'SUBTYPE_OPCLASS = '
                        || CASE
                            WHEN s.nspname IN ('pg_catalog', $1) THEN ''
                            ELSE pg_catalog.quote_ident(s.nspname) || '.'
                        END
                        || pg_catalog.quote_ident(o.opcname)
                END,
                CASE
                    WHEN r.rngcollation <> b.typcollation
                        THEN 'COLLATION = ' || r.rngcollation::pg_catalog.regcollation
                END,
                'CANONICAL = ' || NULLIF(r.rngcanonical::oid, 0)::pg_catalog.regproc,
                'SUBTYPE_DIFF = ' || NULLIF(r.rngsubdiff::oid, 0)::pg_catalog.regproc,
                'MULTIRANGE_TYPE_NAME = ' || (
                    SELECT m.oid::pg_catalog.regtype
                    FROM pg_catalog.pg_type AS m
                    WHERE m.oid = (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::oid
                        -- PostgreSQL's own choice is left out.
                        AND m.typname <> CASE pg_catalog.strpos(y.typname, 'range')
                            WHEN 0 THEN y.typname || '_multirange'
                            ELSE pg_catalog.overlay(y.typname, 'multi', pg_catalog.strpos(y.typname, 'range'), 0)
                        END
                )
            )
        )
    ] AS statements
FROM pg_catalog.pg_range AS r
JOIN pg_catalog.pg_type AS y ON y.oid = r.rngtypid
JOIN pg_catalog.pg_namespace AS n ON n.oid = y.typnamespace
JOIN pg_catalog.pg_type AS b ON b.oid = r.rngsubtype
JOIN pg_catalog.pg_opclass AS o ON o.oid = r.rngsubopc
JOIN pg_catalog.pg_namespace AS s ON s.oid = o.opcnamespace
WHERE n.nspname = ANY ($2)
    AND NOT EXISTS (
        SELECT
        FROM belonging AS x
        WHERE x.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND x.objid = y.oid
    )
