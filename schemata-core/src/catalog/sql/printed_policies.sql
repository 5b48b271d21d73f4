-- Policies as CREATE POLICY writes them after their name and table; follows the head of a query.
, policies AS (
    SELECT
        p.polname,
        p.polrelid,
        pg_catalog.concat_ws(
            ' ',
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
        ) AS clauses
    FROM pg_catalog.pg_policy AS p
)
