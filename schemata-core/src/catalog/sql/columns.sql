SELECT
    t.key AS table_key,
    a.attname::text AS name,
    a.attnum AS position,
    NOT a.attislocal AS inherited,
    pg_catalog.format_type(a.atttypid, a.atttypmod) AS sql_type,
    NULLIF(n.nspname, $1)::text AS type_schema,
    e.typname::text AS type_name,
    e.typtype::text AS type_class,
    e.oid <> y.oid AS is_array,
    -- NOT NULL ... NOT VALID (PostgreSQL 18) lets existing rows hold NULL.
    NOT a.attnotnull OR NOT COALESCE(not_null.valid, true) AS nullable,
    NOT COALESCE(not_null.valid, true) AS not_null_unchecked,
    not_null.name AS not_null_name,
    not_null.no_inherit AS not_null_no_inherit,
    not_null.comment AS not_null_comment,
    CASE
        WHEN a.attstorage <> y.typstorage THEN CASE a.attstorage
            WHEN 'p' THEN 'PLAIN'
            WHEN 'e' THEN 'EXTERNAL'
            WHEN 'm' THEN 'MAIN'
            ELSE 'EXTENDED'
        END
    END AS storage,
    -- attcompression exists from PostgreSQL 14 on.
    CASE pg_catalog.to_jsonb(a) ->> 'attcompression' WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression,
    NULLIF(a.attstattarget, -1)::int AS statistics,
    COALESCE(a.attoptions, '{}') AS options,
    pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression,
    a.attgenerated::text AS generated,
    a.attidentity::text AS identity,
    sequence.options AS sequence_options,
    owned.name AS owned_sequence,
    CASE
        WHEN a.attcollation <> y.typcollation THEN a.attcollation::pg_catalog.regcollation::text
    END AS collation,
    pg_catalog.col_description(t.oid, a.attnum) AS comment,
    COALESCE(owned.is_default, false) AS takes_from_owned_sequence
FROM selected AS t
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid
-- The element type of an array, or the type itself. No index finds a type by its array.
LEFT JOIN pg_catalog.pg_type AS i ON i.oid = y.typelem AND i.typarray = y.oid
JOIN pg_catalog.pg_type AS e ON e.oid = COALESCE(i.oid, y.oid)
JOIN pg_catalog.pg_namespace AS n ON n.oid = e.typnamespace
LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = t.oid AND d.adnum = a.attnum
-- NOT NULL as a constraint (PostgreSQL 18)
LEFT JOIN LATERAL (
    SELECT
        k.conname::text AS name,
        k.convalidated AS valid,
        k.connoinherit AS no_inherit,
        pg_catalog.obj_description(k.oid, 'pg_constraint') AS comment
    FROM pg_catalog.pg_constraint AS k
    WHERE k.conrelid = t.oid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum]
    LIMIT 1
) AS not_null ON true
-- The sequence that is dropped with the column and is not an identity's, preferably the one that the default uses
LEFT JOIN LATERAL (
    SELECT
        s.relname::text AS name,
        EXISTS (
            SELECT
            FROM pg_catalog.pg_depend AS u
            WHERE u.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
                AND u.objid = d.oid
                AND u.refclassid = p.classid
                AND u.refobjid = p.objid
        ) AS is_default
    FROM pg_catalog.pg_depend AS p
    JOIN pg_catalog.pg_class AS s ON s.oid = p.objid AND s.relkind = 'S'
    WHERE p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND p.refclassid = p.classid
        AND p.refobjid = t.oid
        AND p.refobjsubid = a.attnum
        AND p.deptype = 'a'
    ORDER BY is_default DESC, name
    LIMIT 1
) AS owned ON true
-- The options that differ from the defaults, of an identity's sequence or of the one that the default uses
LEFT JOIN LATERAL (
    SELECT
        pg_catalog.concat_ws(
            ' ',
            CASE WHEN q.seqstart <> 1 THEN 'START WITH ' || q.seqstart END,
            CASE WHEN q.seqincrement <> 1 THEN 'INCREMENT BY ' || q.seqincrement END,
            CASE WHEN q.seqmin <> 1 THEN 'MINVALUE ' || q.seqmin END,
            CASE
                WHEN q.seqmax <> CASE q.seqtypid::pg_catalog.regtype::text
                    WHEN 'smallint' THEN 32767
                    WHEN 'integer' THEN 2147483647
                    ELSE 9223372036854775807
                END THEN 'MAXVALUE ' || q.seqmax
            END,
            CASE WHEN q.seqcache <> 1 THEN 'CACHE ' || q.seqcache END,
            CASE WHEN q.seqcycle THEN 'CYCLE' END,
            CASE
                WHEN p.deptype = 'a' AND q.seqtypid <> a.atttypid THEN 'AS ' || q.seqtypid::pg_catalog.regtype
            END
        ) AS options
    FROM pg_catalog.pg_depend AS p
    JOIN pg_catalog.pg_sequence AS q ON q.seqrelid = p.objid
    WHERE p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND p.refclassid = p.classid
        AND p.refobjid = t.oid
        AND p.refobjsubid = a.attnum
        AND (
            p.deptype = 'i'
            OR p.deptype = 'a' AND EXISTS (
                SELECT
                FROM pg_catalog.pg_depend AS u
                WHERE u.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
                    AND u.objid = d.oid
                    AND u.refclassid = p.classid
                    AND u.refobjid = p.objid
            )
        )
    LIMIT 1
) AS sequence ON true
