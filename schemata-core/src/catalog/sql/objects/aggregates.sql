-- A sort operator is named with its schema, as CREATE AGGREGATE reads it.
SELECT
    'aggregate' AS kind,
    p.oid::pg_catalog.regprocedure::text AS name,
    ARRAY[
        pg_catalog.format(
            'CREATE AGGREGATE %s%I(%s) (%s)',
            CASE WHEN n.nspname = $1 THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END,
            p.proname,
            CASE WHEN p.pronargs = 0 THEN '*' ELSE pg_catalog.pg_get_function_arguments(p.oid) END,
            pg_catalog.concat_ws(
                ', ',
                'SFUNC = ' || a.aggtransfn::pg_catalog.regproc,
                'STYPE = ' || pg_catalog.format_type(a.aggtranstype, NULL),
                'SSPACE = ' || NULLIF(a.aggtransspace, 0),
                'FINALFUNC = ' || NULLIF(a.aggfinalfn::oid, 0)::pg_catalog.regproc,
                CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
                'FINALFUNC_MODIFY = ' || CASE
                    WHEN a.aggfinalmodify = CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END THEN NULL
                    WHEN a.aggfinalmodify = 'r' THEN 'READ_ONLY'
                    WHEN a.aggfinalmodify = 's' THEN 'SHAREABLE'
                    ELSE 'READ_WRITE'
                END,
                'COMBINEFUNC = ' || NULLIF(a.aggcombinefn::oid, 0)::pg_catalog.regproc,
                'SERIALFUNC = ' || NULLIF(a.aggserialfn::oid, 0)::pg_catalog.regproc,
                'DESERIALFUNC = ' || NULLIF(a.aggdeserialfn::oid, 0)::pg_catalog.regproc,
                'INITCOND = ' || pg_catalog.quote_literal(a.agginitval),
                'MSFUNC = ' || NULLIF(a.aggmtransfn::oid, 0)::pg_catalog.regproc,
                'MINVFUNC = ' || NULLIF(a.aggminvtransfn::oid, 0)::pg_catalog.regproc,
                'MSTYPE = ' || pg_catalog.format_type(NULLIF(a.aggmtranstype, 0), NULL),
                'MSSPACE = ' || NULLIF(a.aggmtransspace, 0),
                'MFINALFUNC = ' || NULLIF(a.aggmfinalfn::oid, 0)::pg_catalog.regproc,
                CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
                'MFINALFUNC_MODIFY = ' || CASE
                    WHEN a.aggmfinalfn::oid = 0
                        OR a.aggmfinalmodify = CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END THEN NULL
                    WHEN a.aggmfinalmodify = 'r' THEN 'READ_ONLY'
                    WHEN a.aggmfinalmodify = 's' THEN 'SHAREABLE'
                    ELSE 'READ_WRITE'
                END,
                'MINITCOND = ' || pg_catalog.quote_literal(a.aggminitval),
                (
                    SELECT pg_catalog.format('SORTOP = OPERATOR(%I.%s)', s.nspname, o.oprname)
                    FROM pg_catalog.pg_operator AS o
                    JOIN pg_catalog.pg_namespace AS s ON s.oid = o.oprnamespace
                    WHERE o.oid = a.aggsortop
                ),
                'PARALLEL = ' || CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' END,
                CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL' END
            )
        )
    ] AS statements
FROM pg_catalog.pg_aggregate AS a
JOIN pg_catalog.pg_proc AS p ON p.oid = a.aggfnoid
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = ANY ($2)
    AND NOT EXISTS (
        SELECT
        FROM belonging AS x
        WHERE x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND x.objid = p.oid
    )
