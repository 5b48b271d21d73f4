-- Sequences of identity columns come with their columns.
SELECT
    'sequence' AS kind,
    r.oid::pg_catalog.regclass::text AS name,
    (
        SELECT ARRAY[
            pg_catalog.concat_ws(
                ' ',
                'CREATE SEQUENCE',
                r.oid::pg_catalog.regclass::text,
                CASE WHEN s.seqtypid <> 20 THEN 'AS ' || s.seqtypid::pg_catalog.regtype::text END,
                CASE WHEN s.seqincrement <> 1 THEN 'INCREMENT BY ' || s.seqincrement END,
                CASE WHEN s.seqmin <> 1 THEN 'MINVALUE ' || s.seqmin END,
                CASE
                    WHEN s.seqmax <> CASE s.seqtypid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 ELSE 9223372036854775807 END
                        THEN 'MAXVALUE ' || s.seqmax
                END,
                CASE WHEN s.seqstart <> 1 OR s.seqincrement < 0 THEN 'START WITH ' || s.seqstart END,
                CASE WHEN s.seqcache <> 1 THEN 'CACHE ' || s.seqcache END,
                CASE WHEN s.seqcycle THEN 'CYCLE' END
            )
        ]
        FROM pg_catalog.pg_sequence AS s
        WHERE s.seqrelid = r.oid
    ) AS statements
FROM selected AS r
WHERE r.relkind = 'S'
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.objid = r.oid
            AND d.deptype = 'i'
    )
