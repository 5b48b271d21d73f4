-- Privileges on tables, views, sequences and single columns, except the owner's.
SELECT
    'privileges on' AS kind,
    g.name || ' for ' || g.grantee AS name,
    ARRAY[
        'GRANT ' || g.privileges || ' ON ' || g.name || ' TO ' || g.grantee
        || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
    ] AS statements
FROM (
    SELECT
        CASE r.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END || r.oid::pg_catalog.regclass::text AS name,
        a.is_grantable,
        CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::pg_catalog.regrole::text END AS grantee,
        pg_catalog.string_agg(
            a.privilege_type || COALESCE(' (' || pg_catalog.quote_ident(r.attname) || ')', ''),
            ', ' ORDER BY a.privilege_type, r.attname
        ) AS privileges
    FROM (
        SELECT s.oid, s.relkind, s.relowner, s.relacl AS acl, NULL::name AS attname
        FROM selected AS s
        WHERE s.relkind IN ('r', 'p', 'v', 'm', 'S')
        UNION ALL
        SELECT s.oid, s.relkind, s.relowner, c.attacl, c.attname
        FROM selected AS s
        JOIN pg_catalog.pg_attribute AS c ON c.attrelid = s.oid AND c.attacl IS NOT NULL
        WHERE s.relkind IN ('r', 'p', 'v', 'm')
    ) AS r
    CROSS JOIN LATERAL pg_catalog.aclexplode(r.acl) AS a
    WHERE a.grantee <> r.relowner
    GROUP BY 1, 2, 3
) AS g
