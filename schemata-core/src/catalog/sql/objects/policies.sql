SELECT
    'policy' AS kind,
    p.polname || ' on ' || r.oid::pg_catalog.regclass::text AS name,
    ARRAY[pg_catalog.format('CREATE POLICY %I ON %s %s', p.polname, r.oid::pg_catalog.regclass, p.clauses)] AS statements
FROM selected AS r
JOIN policies AS p ON p.polrelid = r.oid
WHERE r.relkind IN ('r', 'p')
