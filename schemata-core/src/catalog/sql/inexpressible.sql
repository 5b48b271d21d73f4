-- The objects that models cannot express, like `view recent_orders`. Members of extensions, and objects that belong to
-- another one, are left to that one.
SELECT o.kind || ' ' || o.name AS label
FROM (
    SELECT
        CASE c.relkind
            WHEN 'v' THEN 'view'
            WHEN 'm' THEN 'materialized view'
            WHEN 'S' THEN 'sequence'
            WHEN 'f' THEN 'foreign table'
        END AS kind,
        c.relname::text AS name,
        c.oid,
        'pg_catalog.pg_class'::pg_catalog.regclass AS class
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($2) AND c.relkind IN ('v', 'm', 'S', 'f')
    UNION ALL
    SELECT
        CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
        p.proname::text,
        p.oid,
        'pg_catalog.pg_proc'::pg_catalog.regclass
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = ANY ($2)
    UNION ALL
    SELECT 'trigger', g.tgname || ' on ' || c.relname, g.oid, 'pg_catalog.pg_trigger'::pg_catalog.regclass
    FROM pg_catalog.pg_trigger AS g
    JOIN pg_catalog.pg_class AS c ON c.oid = g.tgrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    -- A partitioned table's trigger stands for the clones on its partitions.
    WHERE n.nspname = ANY ($2) AND NOT g.tgisinternal AND g.tgparentid = 0
        AND NOT EXISTS (
            SELECT
            FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
        )
    UNION ALL
    SELECT 'rule', r.rulename || ' on ' || c.relname, r.oid, 'pg_catalog.pg_rewrite'::pg_catalog.regclass
    FROM pg_catalog.pg_rewrite AS r
    JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($2) AND r.rulename <> '_RETURN'
        AND NOT EXISTS (
            SELECT
            FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
        )
    UNION ALL
    SELECT 'statistics', s.stxname::text, s.oid, 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass
    FROM pg_catalog.pg_statistic_ext AS s
    JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
    WHERE n.nspname = ANY ($2)
    UNION ALL
    SELECT 'collation', l.collname::text, l.oid, 'pg_catalog.pg_collation'::pg_catalog.regclass
    FROM pg_catalog.pg_collation AS l
    JOIN pg_catalog.pg_namespace AS n ON n.oid = l.collnamespace
    WHERE n.nspname = ANY ($2)
    UNION ALL
    SELECT
        CASE y.typtype WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type' ELSE 'composite type' END,
        y.typname::text,
        y.oid,
        'pg_catalog.pg_type'::pg_catalog.regclass
    FROM pg_catalog.pg_type AS y
    JOIN pg_catalog.pg_namespace AS n ON n.oid = y.typnamespace
    LEFT JOIN pg_catalog.pg_class AS c ON c.oid = y.typrelid
    WHERE n.nspname = ANY ($2) AND (y.typtype IN ('d', 'r') OR c.relkind = 'c')
) AS o
WHERE NOT EXISTS (
    SELECT
    FROM pg_catalog.pg_depend AS d
    WHERE d.classid = o.class
        AND d.objid = o.oid
        AND (d.deptype IN ('e', 'i') OR d.deptype = 'a' AND o.kind = 'sequence')
)
