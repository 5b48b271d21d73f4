-- The head of each query about tables. $1 is the main schema, $2 lists all schemas that are read.
-- A partition belongs to its partitioned table, and a member of an extension to the extension; the ledger is no one's model.
WITH selected AS (
    SELECT
        c.oid,
        c.relname,
        c.relkind,
        c.relpersistence,
        c.reloptions,
        c.reltoastrelid,
        c.relrowsecurity,
        c.relforcerowsecurity,
        n.nspname,
        CASE WHEN n.nspname = $1 THEN c.relname::text ELSE n.nspname || '.' || c.relname END AS key
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($2)
        AND c.relkind IN ('r', 'p')
        AND c.relname <> 'schemata_migrations'
        AND NOT c.relispartition
        AND NOT EXISTS (
            SELECT
            FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                AND d.objid = c.oid
                AND d.deptype = 'e'
        )
)
