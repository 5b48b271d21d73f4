-- Whether the index $1 and the index schemata_same_index of a temporary table are equal.
WITH shape AS (
    SELECT
        m.amname,
        x.indisunique,
        pg_catalog.to_jsonb(x)->'indnullsnotdistinct' AS nulls,
        x.indoption::text,
        x.indclass::text,
        x.indcollation::text,
        x.indnkeyatts,
        x.indnatts,
        i.reloptions,
        pg_catalog.pg_get_expr(x.indpred, x.indrelid) AS predicate,
        ARRAY(
            SELECT pg_catalog.pg_get_indexdef(x.indexrelid, n, false)
            FROM pg_catalog.generate_series(1, x.indnatts) AS n
        ) AS columns,
        -- Parameters of the operator classes
        ARRAY(
            SELECT a.attoptions::text
            FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = x.indexrelid
            ORDER BY a.attnum
        ) AS parameters
    FROM pg_catalog.pg_index x
    JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
    JOIN pg_catalog.pg_am m ON m.oid = i.relam
    WHERE x.indexrelid IN (
        $1,
        (
            SELECT oid
            FROM pg_catalog.pg_class
            WHERE relname = 'schemata_same_index' AND relnamespace = pg_catalog.pg_my_temp_schema()
        )
    )
)
SELECT count(DISTINCT pg_catalog.to_jsonb(shape)) = 1 AND count(*) = 2 AS is_same
FROM shape
