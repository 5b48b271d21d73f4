SELECT
    'default of' AS kind,
    r.oid::pg_catalog.regclass::text || '.' || pg_catalog.quote_ident(a.attname) AS name,
    ARRAY[
        pg_catalog.format(
            'ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s',
            r.oid::pg_catalog.regclass,
            a.attname,
            pg_catalog.pg_get_expr(d.adbin, d.adrelid)
        )
    ] AS statements
FROM selected AS r
JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = r.oid
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND a.attnum = d.adnum
WHERE r.relkind = 'v'
