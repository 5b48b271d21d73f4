-- The objects in schemas $1 that are in the place of the models' tables and types (names $2), in the order in which they have to be
-- moved. Objects of extensions are left out.
WITH objects AS (
    -- Sequences that would move with their tables. Defaults may name them.
    SELECT 1 AS rank, 'owned sequence' AS kind, c.oid, c.relnamespace AS namespace, c.relname::text AS name, NULL::text[] AS labels
    FROM pg_catalog.pg_class c
    WHERE c.relkind = 'S'
      AND EXISTS (
          SELECT FROM pg_catalog.pg_depend d
          WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.objid = c.oid
            AND d.refclassid = d.classid
            AND d.deptype = 'a'
      )
    UNION ALL
    -- All tables and views, and sequences with a model's name. Indexes move with their tables.
    SELECT 2, 'table', c.oid, c.relnamespace, c.relname::text, NULL
    FROM pg_catalog.pg_class c
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') OR c.relkind = 'S' AND c.relname = ANY ($2)
    UNION ALL
    -- Enums, domains, ranges and composite types with a model's name.
    SELECT 3, 'type', t.oid, t.typnamespace, t.typname::text, ARRAY(
        SELECT e.enumlabel::text
        FROM pg_catalog.pg_enum e
        WHERE e.enumtypid = t.oid
        ORDER BY e.enumsortorder
    )
    FROM pg_catalog.pg_type t
    LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE t.typname = ANY ($2) AND (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c')
)
SELECT o.kind, n.nspname::text AS schema, o.name, o.labels
FROM objects o
JOIN pg_catalog.pg_namespace n ON n.oid = o.namespace
WHERE n.nspname = ANY ($1)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = o.oid AND d.deptype = 'e')
ORDER BY o.rank
