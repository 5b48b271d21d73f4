-- The tables of $1 (schemas), $2 (names) and $3 (whether partitions are left alone), with their position there.
-- An index stands for its table, a partitioned table for its partitions.
SELECT
    asked.position,
    size.bytes::bigint AS bytes,
    size.rows::bigint AS rows,
    ARRAY(
        SELECT a.attname::text
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
    ) AS column_names,
    ARRAY(
        SELECT pg_catalog.format_type(a.atttypid, a.atttypmod)
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
    ) AS column_types,
    ARRAY(
        SELECT a.attname::text
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid
          AND a.attnum > 0
          AND (
              -- Since PostgreSQL 18, a NOT NULL may be not validated.
              a.attnotnull AND NOT EXISTS (
                  SELECT FROM pg_catalog.pg_constraint k
                  WHERE k.conrelid = c.oid AND k.contype = 'n' AND NOT k.convalidated AND a.attnum = ANY (k.conkey)
              )
              OR EXISTS (
                  SELECT FROM pg_catalog.pg_constraint k
                  WHERE k.conrelid = c.oid
                    AND k.contype = 'c'
                    AND k.convalidated
                    AND pg_catalog.pg_get_constraintdef(k.oid)
                        = pg_catalog.format('CHECK ((%I IS NOT NULL))', a.attname)
              )
          )
    ) AS never_null,
    ARRAY(
        SELECT k.conname::text
        FROM pg_catalog.pg_constraint k
        JOIN pg_catalog.pg_attribute a
          ON a.attrelid = k.conrelid
         AND (
             k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated
             OR pg_catalog.pg_get_constraintdef(k.oid)
                 = pg_catalog.format('CHECK ((%I IS NOT NULL)) NOT VALID', a.attname)
         )
        WHERE k.conrelid = c.oid AND k.contype IN ('c', 'n')
        ORDER BY k.oid
    ) AS unvalidated_checks,
    ARRAY(
        SELECT a.attname::text
        FROM pg_catalog.pg_constraint k
        JOIN pg_catalog.pg_attribute a
          ON a.attrelid = k.conrelid
         AND (
             k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated
             OR pg_catalog.pg_get_constraintdef(k.oid)
                 = pg_catalog.format('CHECK ((%I IS NOT NULL)) NOT VALID', a.attname)
         )
        WHERE k.conrelid = c.oid AND k.contype IN ('c', 'n')
        ORDER BY k.oid
    ) AS unvalidated_columns,
    ARRAY(
        SELECT a.attname::text
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attgenerated = 'v'
    ) AS virtual_columns
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3))
    WITH ORDINALITY AS asked (schema, name, alone, position)
JOIN pg_catalog.pg_namespace s ON s.nspname = asked.schema
JOIN pg_catalog.pg_class i ON i.relnamespace = s.oid AND i.relname = asked.name
LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = i.oid
JOIN pg_catalog.pg_class c ON c.oid = coalesce(x.indrelid, i.oid)
CROSS JOIN LATERAL (
    SELECT
        sum(pg_catalog.pg_relation_size(part.oid)) AS bytes,
        -- A table that was never counted has -1 rows, or 0 before PostgreSQL 14.
        sum(nullif(greatest(part.reltuples, 0), 0)) FILTER (WHERE part.relkind <> 'p') AS rows
    FROM pg_catalog.pg_class part
    WHERE part.oid = c.oid
       OR NOT asked.alone AND part.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(c.oid))
) AS size
