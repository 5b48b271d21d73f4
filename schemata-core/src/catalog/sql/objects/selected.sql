-- The head of each query about objects. $1 is the main schema, $2 lists all schemas that are read.
-- The search path is the main schema, so that names in it come out without it. Each query returns kind, name and the
-- statements that create the object again; if there is no statement, the name says everything that can be compared.
WITH belonging AS NOT MATERIALIZED (
    -- Members of extensions, and objects that PostgreSQL manages together with another, like the functions of a range type
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend AS d
    WHERE d.deptype = 'e'
        OR d.deptype = 'i' AND d.classid <> 'pg_catalog.pg_class'::pg_catalog.regclass
),
selected AS NOT MATERIALIZED (
    SELECT r.*, n.nspname
    FROM pg_catalog.pg_class AS r
    JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
    WHERE n.nspname = ANY ($2)
        AND r.relname NOT IN ('schemata_migrations', 'schemata_migrations_pkey')
        AND NOT EXISTS (
            SELECT
            FROM belonging AS b
            WHERE b.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND b.objid = r.oid
        )
)
