-- The locale of ICU stands in collcollate up to PostgreSQL 14, in colliculocale up to 16, and in colllocale from 17 on.
SELECT
    'collation' AS kind,
    c.oid::pg_catalog.regcollation::text AS name,
    ARRAY[
        pg_catalog.format(
            'CREATE COLLATION %s (%s)',
            c.oid::pg_catalog.regcollation,
            pg_catalog.concat_ws(
                ', ',
                'provider = ' || CASE c.collprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' END,
                CASE WHEN NOT c.collisdeterministic THEN 'deterministic = false' END,
                CASE
                    WHEN l.locale IS NOT NULL THEN 'locale = ' || pg_catalog.quote_literal(l.locale)
                    WHEN l.collate = l.ctype THEN 'locale = ' || pg_catalog.quote_literal(l.collate)
                    ELSE pg_catalog.format('lc_collate = %L, lc_ctype = %L', l.collate, l.ctype)
                END,
                'rules = ' || pg_catalog.quote_literal(l.rules)
            )
        )
    ] AS statements
FROM pg_catalog.pg_collation AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
CROSS JOIN LATERAL (
    SELECT
        COALESCE(r.fields ->> 'colllocale', r.fields ->> 'colliculocale') AS locale,
        r.fields ->> 'collcollate' AS collate,
        r.fields ->> 'collctype' AS ctype,
        r.fields ->> 'collicurules' AS rules
    FROM (SELECT pg_catalog.to_jsonb(c) AS fields) AS r
) AS l
WHERE n.nspname = ANY ($2)
    AND NOT EXISTS (
        SELECT
        FROM belonging AS x
        WHERE x.classid = 'pg_catalog.pg_collation'::pg_catalog.regclass AND x.objid = c.oid
    )
