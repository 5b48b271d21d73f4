SELECT
    'policy' AS kind,
    p.polname || ' on ' || r.oid::pg_catalog.regclass::text AS name,
    ARRAY[
        pg_catalog.concat_ws(
            ' ',
            pg_catalog.format('CREATE POLICY %I ON %s', p.polname, r.oid::pg_catalog.regclass),
            CASE WHEN NOT p.polpermissive THEN 'AS RESTRICTIVE' END,
            'FOR ' || CASE p.polcmd
                WHEN 'r' THEN 'SELECT'
                WHEN 'a' THEN 'INSERT'
                WHEN 'w' THEN 'UPDATE'
                WHEN 'd' THEN 'DELETE'
                ELSE 'ALL'
            END,
            'TO ' || (
                SELECT pg_catalog.string_agg(CASE role WHEN 0 THEN 'PUBLIC' ELSE role::pg_catalog.regrole::text END, ', ')
                FROM pg_catalog.unnest(p.polroles) AS role
            ),
            'USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')',
            'WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')'
        )
    ] AS statements
FROM selected AS r
JOIN pg_catalog.pg_policy AS p ON p.polrelid = r.oid
WHERE r.relkind IN ('r', 'p')
