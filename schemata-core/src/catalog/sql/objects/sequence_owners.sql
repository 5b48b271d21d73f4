SELECT
    'ownership of sequence' AS kind,
    d.objid::pg_catalog.regclass::text AS name,
    ARRAY[
        pg_catalog.format(
            'ALTER SEQUENCE %s OWNED BY %s.%I',
            d.objid::pg_catalog.regclass,
            d.refobjid::pg_catalog.regclass,
            a.attname
        )
    ] AS statements
FROM pg_catalog.pg_depend AS d
JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
JOIN pg_catalog.pg_namespace AS n ON n.oid = s.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    AND d.refclassid = d.classid
    AND d.deptype = 'a'
    AND n.nspname = ANY ($2)
