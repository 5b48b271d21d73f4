-- NOT NULL is a property of a column, also where (from PostgreSQL 18) it is a named constraint. A foreign key to a
-- partitioned table has a further constraint for each partition, which comes and goes with the partition.
-- Columns of newer servers are read from the row as jsonb, where a missing field is NULL.
SELECT
    t.key AS table_key,
    k.conname::text AS name,
    pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', '') AS definition,
    k.convalidated AS valid,
    k.contype::text AS kind,
    NOT k.conislocal AS inherited,
    ARRAY(
        SELECT a.attname::text
        FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS p (number, place)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = p.number
        ORDER BY p.place
    ) AS columns,
    k.condeferrable AS deferrable,
    k.condeferred AS deferred,
    k.confmatchtype = 'f' AS match_full,
    k.contype = 'c' AND k.connoinherit AS no_inherit,
    -- PostgreSQL 15
    ARRAY(
        SELECT a.attname::text
        FROM pg_catalog.jsonb_array_elements_text(
            NULLIF(pg_catalog.to_jsonb(k) -> 'confdelsetcols', 'null')
        ) WITH ORDINALITY AS p (number, place)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = p.number::int
        ORDER BY p.place
    ) AS set_columns,
    -- PostgreSQL 18
    COALESCE(pg_catalog.to_jsonb(k) ->> 'conperiod', 'false') = 'true' AS period,
    COALESCE(pg_catalog.to_jsonb(k) ->> 'conenforced', 'true') = 'true' AS enforced,
    ARRAY(
        SELECT a.attname::text
        FROM pg_catalog.generate_series(i.indnkeyatts + 1, i.indnatts) AS p (place)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = i.indkey[p.place - 1]
        WHERE k.contype IN ('p', 'u')
        ORDER BY p.place
    ) AS include,
    ARRAY(
        SELECT CASE
            WHEN n.nspname = 'pg_catalog' THEN o.oprname::text
            ELSE pg_catalog.format('OPERATOR(%I.%s)', n.nspname, o.oprname)
        END
        FROM pg_catalog.unnest(k.conexclop) WITH ORDINALITY AS p (operator, place)
        JOIN pg_catalog.pg_operator AS o ON o.oid = p.operator
        JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
        ORDER BY p.place
    ) AS operators,
    pg_catalog.obj_description(k.oid, 'pg_constraint') AS comment,
    -- The triggers by which PostgreSQL checks it, those of partitions included
    NOT EXISTS (
        WITH RECURSIVE parts AS (
            SELECT k.oid
            UNION ALL
            SELECT p.oid
            FROM pg_catalog.pg_constraint AS p
            JOIN parts ON parts.oid = p.conparentid
        )
        SELECT
        FROM parts
        JOIN pg_catalog.pg_trigger AS g ON g.tgconstraint = parts.oid
        WHERE g.tgenabled <> 'O'
    ) AS fires,
    COALESCE(pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct', 'false') = 'true' AS nulls_not_distinct,
    CASE WHEN n.nspname = $1 THEN f.relname::text ELSE n.nspname || '.' || f.relname END AS target,
    ARRAY(
        SELECT a.attname::text
        FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS p (number, place)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = p.number
        ORDER BY p.place
    ) AS target_columns,
    k.confdeltype::text AS on_delete,
    k.confupdtype::text AS on_update,
    pg_catalog.pg_get_expr(k.conbin, k.conrelid, true) AS expression
FROM selected AS t
JOIN pg_catalog.pg_constraint AS k ON k.conrelid = t.oid
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = k.conindid
LEFT JOIN pg_catalog.pg_class AS f ON f.oid = k.confrelid
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = f.relnamespace
WHERE k.contype IN ('p', 'u', 'f', 'c', 'x')
    AND k.conparentid = 0
