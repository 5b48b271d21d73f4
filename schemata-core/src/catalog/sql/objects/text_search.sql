-- Dictionaries and configurations; the other objects of text search are functions of C.
SELECT s.kind, s.name, s.statements
FROM (
    SELECT
        'text search dictionary' AS kind,
        'pg_catalog.pg_ts_dict'::pg_catalog.regclass AS class,
        d.oid,
        d.dictnamespace AS namespace,
        d.oid::pg_catalog.regdictionary::text AS name,
        ARRAY[
            pg_catalog.format(
                'CREATE TEXT SEARCH DICTIONARY %s (TEMPLATE = %s%I%s)',
                d.oid::pg_catalog.regdictionary,
                CASE WHEN n.nspname = $1 THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END,
                t.tmplname,
                ', ' || d.dictinitoption
            )
        ] AS statements
    FROM pg_catalog.pg_ts_dict AS d
    JOIN pg_catalog.pg_ts_template AS t ON t.oid = d.dicttemplate
    JOIN pg_catalog.pg_namespace AS n ON n.oid = t.tmplnamespace
    UNION ALL
    SELECT
        'text search configuration',
        'pg_catalog.pg_ts_config'::pg_catalog.regclass,
        c.oid,
        c.cfgnamespace,
        c.oid::pg_catalog.regconfig::text,
        ARRAY[
            pg_catalog.format(
                'CREATE TEXT SEARCH CONFIGURATION %s (PARSER = %s%I)',
                c.oid::pg_catalog.regconfig,
                CASE WHEN n.nspname = $1 THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END,
                p.prsname
            )
        ]
        || ARRAY(
            SELECT pg_catalog.format(
                'ALTER TEXT SEARCH CONFIGURATION %s ADD MAPPING FOR %I WITH %s',
                c.oid::pg_catalog.regconfig,
                k.alias,
                pg_catalog.string_agg(m.mapdict::pg_catalog.regdictionary::text, ', ' ORDER BY m.mapseqno)
            )
            FROM pg_catalog.pg_ts_config_map AS m
            JOIN LATERAL pg_catalog.ts_token_type(c.cfgparser) AS k ON k.tokid = m.maptokentype
            WHERE m.mapcfg = c.oid
            GROUP BY m.maptokentype, k.alias
            ORDER BY m.maptokentype
        )
    FROM pg_catalog.pg_ts_config AS c
    JOIN pg_catalog.pg_ts_parser AS p ON p.oid = c.cfgparser
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.prsnamespace
) AS s
JOIN pg_catalog.pg_namespace AS n ON n.oid = s.namespace
WHERE n.nspname = ANY ($2)
    AND NOT EXISTS (
        SELECT
        FROM belonging AS x
        WHERE x.classid = s.class AND x.objid = s.oid
    )
