-- The columns of the key by which a backfill visits the table $2 of schema $1: the primary key, or else the shortest unique
-- key whose columns are NOT NULL; and PostgreSQL's estimate of the number of rows. A column that is NOT NULL may hold NULLs
-- nevertheless: of rows from before a NOT NULL that is not validated, and of children whose own column is not NOT NULL.
-- Types have their own names here: what format_type prints depends on the search path.
WITH RECURSIVE target AS (
    SELECT c.oid
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = $2
),
family AS (
    SELECT oid
    FROM target
    UNION
    SELECT i.inhrelid
    FROM pg_catalog.pg_inherits i
    JOIN family ON family.oid = i.inhparent
),
key AS (
    SELECT x.indrelid, x.indkey, x.indnkeyatts
    FROM pg_catalog.pg_index x
    JOIN target ON target.oid = x.indrelid
    WHERE x.indisunique
        AND x.indisvalid
        AND x.indimmediate
        AND x.indpred IS NULL
        AND x.indexprs IS NULL
        AND NOT EXISTS (
            SELECT
            FROM pg_catalog.pg_attribute k
            CROSS JOIN family
            JOIN pg_catalog.pg_attribute a ON a.attrelid = family.oid AND a.attname = k.attname
            WHERE k.attrelid = x.indrelid
                AND k.attnum = ANY (x.indkey::int2[])
                AND (
                    NOT a.attnotnull
                    OR EXISTS (
                        SELECT
                        FROM pg_catalog.pg_constraint n
                        WHERE n.conrelid = a.attrelid
                            AND n.contype = 'n'
                            AND NOT n.convalidated
                            AND a.attnum = ANY (n.conkey)
                    )
                )
        )
    ORDER BY x.indisprimary DESC, x.indnkeyatts, x.indexrelid
    LIMIT 1
)
SELECT
    a.attname::text AS name,
    pg_catalog.format('%I.%I', s.nspname, t.typname) AS sql_type,
    (
        SELECT sum(nullif(greatest(part.reltuples, 0), 0))::bigint
        FROM pg_catalog.pg_class part
        WHERE part.relkind <> 'p'
            AND (
                part.oid = key.indrelid
                OR part.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(key.indrelid))
            )
    ) AS estimated
FROM key
CROSS JOIN LATERAL pg_catalog.unnest(key.indkey::int2[]) WITH ORDINALITY AS part(attnum, n)
JOIN pg_catalog.pg_attribute a ON a.attrelid = key.indrelid AND a.attnum = part.attnum
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
JOIN pg_catalog.pg_namespace s ON s.oid = t.typnamespace
WHERE part.n <= key.indnkeyatts
ORDER BY part.n
