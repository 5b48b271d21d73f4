-- The columns of all tables and views. `not_null` is what PostgreSQL guarantees of every row that is read from the relation:
-- a table with inherited children may return their rows, whose columns can be NULL; a constraint that is not validated
-- says nothing of older rows; and the rows of views and foreign tables are checked by nobody.
SELECT a.attrelid AS relation_oid,
       a.attnum AS number,
       c.relname::text AS relation,
       a.attname::text AS name,
       a.attnotnull
           AND c.relkind IN ('r', 'p')
           AND NOT (c.relkind = 'r' AND c.relhassubclass)
           AND NOT EXISTS (
               SELECT
               FROM pg_catalog.pg_constraint n
               WHERE n.conrelid = a.attrelid
                 AND n.contype = 'n'
                 AND NOT n.convalidated
                 AND a.attnum = ANY (n.conkey)
           ) AS not_null
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
WHERE a.attnum > 0
  AND NOT a.attisdropped
  AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
