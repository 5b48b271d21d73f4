-- Comments on tables and their columns are read with the tables, except those of partitions. Objects of the system have low
-- OIDs.
SELECT
    'comment on ' || i.type AS kind,
    pg_catalog.replace(i.identity, pg_catalog.quote_ident($1) || '.', '') AS name,
    ARRAY[
        pg_catalog.format(
            'COMMENT ON %s %s IS %L',
            CASE
                WHEN i.type LIKE '% constraint' THEN 'CONSTRAINT'
                WHEN i.type LIKE '% column' THEN 'COLUMN'
                WHEN i.type = 'statistics object' THEN 'STATISTICS'
                ELSE pg_catalog.upper(i.type)
            END,
            pg_catalog.replace(
                CASE i.type
                    WHEN 'domain constraint' THEN pg_catalog.replace(i.identity, ' on ', ' on domain ')
                    ELSE i.identity
                END,
                pg_catalog.quote_ident($1) || '.',
                ''
            ),
            d.description
        )
    ] AS statements
FROM pg_catalog.pg_description AS d
CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
WHERE d.objoid >= 16384
    AND (
        i.type NOT IN ('table', 'table column', 'extension')
        OR EXISTS (
            SELECT
            FROM pg_catalog.pg_class AS c
            WHERE d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
                AND c.oid = d.objoid
                AND c.relispartition
        )
    )
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend AS x
        WHERE x.classid = d.classoid
            AND x.objid = d.objoid
            AND x.deptype = 'e'
    )
