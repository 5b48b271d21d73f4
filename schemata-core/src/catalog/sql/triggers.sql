SELECT
    t.key AS table_key,
    g.tgname::text AS name,
    pg_catalog.pg_get_triggerdef(g.oid, true) AS definition,
    CASE g.tgenabled
        WHEN 'D' THEN 'disabled'
        WHEN 'R' THEN 'enabled on replicas'
        WHEN 'A' THEN 'always enabled'
        ELSE 'enabled'
    END AS fires
FROM selected AS t
JOIN pg_catalog.pg_trigger AS g ON g.tgrelid = t.oid
WHERE NOT g.tgisinternal
