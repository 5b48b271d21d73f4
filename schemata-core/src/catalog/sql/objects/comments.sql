-- Comments on tables, their columns, constraints and indexes are read with the tables, except those of partitions. Objects of the system have low
-- OIDs, but the comment on the schema public may be one's own.
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
WHERE (
        d.objoid >= 16384
        OR d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
            AND d.objoid = pg_catalog.to_regnamespace('public')
            AND d.description <> 'standard public schema'
    )
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
        FROM pg_catalog.pg_constraint AS k
        JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
        WHERE d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
            AND k.oid = d.objoid
            AND c.relkind IN ('r', 'p')
            AND NOT c.relispartition
    )
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
        WHERE d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND i.indexrelid = d.objoid
            AND c.relkind IN ('r', 'p')
            AND NOT c.relispartition
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = i.indexrelid)
    )
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend AS x
        WHERE x.classid = d.classoid
            AND x.objid = d.objoid
            AND x.deptype = 'e'
    )
