SELECT
    'rule' AS kind,
    u.rulename || ' on ' || r.oid::pg_catalog.regclass::text AS name,
    ARRAY[pg_catalog.rtrim(pg_catalog.pg_get_ruledef(u.oid, true), ';')] AS statements
FROM selected AS r
JOIN pg_catalog.pg_rewrite AS u ON u.ev_class = r.oid
WHERE r.relkind IN ('r', 'p', 'v')
    AND u.rulename <> '_RETURN'
