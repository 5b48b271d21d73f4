-- NOT NULL is a property of a column, also where (from PostgreSQL 18) it is a named constraint. A foreign key to a
-- partitioned table has a further constraint for each partition, which comes and goes with the partition.
-- Columns of newer servers are read from the row as jsonb, where a missing field is NULL.
SELECT
    t.key AS table_key,
    k.conname::text AS name,
    pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', '') AS definition,
    k.convalidated AS valid,
    k.contype::text AS kind,
    ARRAY(
        SELECT a.attname::text
        FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS p (number, place)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = p.number
        ORDER BY p.place
    ) AS columns,
    k.condeferrable AS deferrable,
    k.condeferred AS deferred,
    ARRAY(
        SELECT c.clause
        FROM (
            VALUES
                (k.confmatchtype = 'f', 'MATCH FULL'),
                (k.contype = 'c' AND k.connoinherit, 'NO INHERIT'),
                (pg_catalog.to_jsonb(k) ->> 'confdelsetcols' IS NOT NULL, 'columns to set'),
                (pg_catalog.to_jsonb(k) ->> 'conperiod' = 'true', 'periods'),
                (pg_catalog.to_jsonb(k) ->> 'conenforced' = 'false', 'NOT ENFORCED'),
                (k.contype IN ('p', 'u') AND i.indnatts <> i.indnkeyatts, 'INCLUDE')
        ) AS c (holds, clause)
        WHERE c.holds
    ) AS further_clauses,
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
