-- The objects in schemas $2 that can be lost by themselves. $1 is the main schema, whose relations are not qualified.
-- `identity` stays the same through renames, `owner` is the label of the object that this one belongs to.
WITH relations AS (
    SELECT c.oid, c.relkind, c.relrowsecurity,
           CASE WHEN n.nspname = $1 THEN c.relname::text ELSE n.nspname || '.' || c.relname END AS name
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($2) AND c.relname <> 'schemata_migrations'
), indexes AS (
    SELECT x.indexrelid AS oid, x.indisclustered, x.indisreplident, t.name AS of_table, t.oid AS table_oid, c.relname::text AS name
    FROM pg_catalog.pg_index x
    JOIN relations t ON t.oid = x.indrelid AND t.relkind IN ('r', 'p', 'm')
    JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
), columns AS (
    SELECT t.oid, t.name, b.attnum, b.attname::text AS column, b.attidentity, b.attgenerated, b.attacl
    FROM relations t
    JOIN pg_catalog.pg_attribute b ON b.attrelid = t.oid AND b.attnum > 0 AND NOT b.attisdropped
    WHERE t.relkind IN ('r', 'p')
)
SELECT 'table ' || oid AS identity, '' AS owner, 'table ' || name AS label FROM relations t WHERE relkind IN ('r', 'p')
UNION ALL
SELECT 'column ' || a.oid || ' ' || a.attnum, 'table ' || a.name, 'column ' || a.name || '.' || a.column FROM columns a
UNION ALL
SELECT 'relation ' || oid, '',
       CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'sequence' END || ' ' || name
FROM relations t WHERE relkind IN ('v', 'm', 'f')
   OR relkind = 'S' AND NOT EXISTS (
       SELECT FROM pg_catalog.pg_depend d
       WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype IN ('i', 'a'))
UNION ALL
SELECT 'index ' || oid, 'table ' || of_table, 'index ' || name || ' on ' || of_table FROM indexes i
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
UNION ALL
SELECT 'clustered ' || table_oid, 'table ' || of_table, 'clustering of ' || of_table FROM indexes i WHERE indisclustered
UNION ALL
SELECT 'replica ' || table_oid, 'table ' || of_table, 'replica identity of ' || of_table FROM indexes i WHERE indisreplident
UNION ALL
SELECT 'constraint ' || k.oid, 'table ' || t.name, 'constraint ' || k.conname || ' on ' || t.name
FROM relations t
JOIN pg_catalog.pg_constraint k ON k.conrelid = t.oid
WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND k.conparentid = 0
UNION ALL
-- An identity counts as a default, the expression of a generated column does not.
SELECT 'default ' || a.oid || ' ' || a.attnum, 'column ' || a.name || '.' || a.column, 'default of ' || a.name || '.' || a.column
FROM columns a
WHERE a.attgenerated = '' AND (a.attidentity <> '' OR EXISTS (
    SELECT FROM pg_catalog.pg_attrdef d WHERE d.adrelid = a.oid AND d.adnum = a.attnum))
UNION ALL
SELECT 'privileges ' || a.oid || ' ' || a.attnum, 'column ' || a.name || '.' || a.column, 'privileges on ' || a.name || '.' || a.column
FROM columns a WHERE a.attacl IS NOT NULL
UNION ALL
SELECT 'trigger ' || g.oid, 'table ' || t.name, 'trigger ' || g.tgname || ' on ' || t.name
FROM relations t JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal
UNION ALL
SELECT 'policy ' || p.oid, 'table ' || t.name, 'policy ' || p.polname || ' on ' || t.name
FROM relations t JOIN pg_catalog.pg_policy p ON p.polrelid = t.oid
UNION ALL
SELECT 'rule ' || r.oid, 'table ' || t.name, 'rule ' || r.rulename || ' on ' || t.name
FROM relations t JOIN pg_catalog.pg_rewrite r ON r.ev_class = t.oid WHERE r.rulename <> '_RETURN'
UNION ALL
SELECT 'statistics ' || s.oid, 'table ' || t.name, 'statistics ' || s.stxname || ' on ' || t.name
FROM relations t JOIN pg_catalog.pg_statistic_ext s ON s.stxrelid = t.oid
UNION ALL
SELECT 'comment on ' || t.oid || ' ' || d.objsubid, label.text, 'comment on ' || label.text
FROM relations t
JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = t.oid
LEFT JOIN columns a ON a.oid = t.oid AND a.attnum = d.objsubid
CROSS JOIN LATERAL (SELECT CASE d.objsubid WHEN 0 THEN 'table ' || t.name ELSE 'column ' || t.name || '.' || a.column END) AS label (text)
WHERE t.relkind IN ('r', 'p')
UNION ALL
SELECT 'comment on index ' || i.oid, 'index ' || i.name || ' on ' || i.of_table, 'comment on index ' || i.name
FROM indexes i
JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = i.oid
UNION ALL
SELECT 'comment on constraint ' || k.oid, 'constraint ' || k.conname || ' on ' || t.name, 'comment on constraint ' || k.conname || ' on ' || t.name
FROM relations t
JOIN pg_catalog.pg_constraint k ON k.conrelid = t.oid
JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objoid = k.oid
UNION ALL
SELECT 'comment on trigger ' || g.oid, 'trigger ' || g.tgname || ' on ' || t.name, 'comment on trigger ' || g.tgname || ' on ' || t.name
FROM relations t
JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid
JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND d.objoid = g.oid
