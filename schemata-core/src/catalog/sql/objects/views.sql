SELECT
    CASE r.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END AS kind,
    r.oid::pg_catalog.regclass::text AS name,
    ARRAY[
        'CREATE ' || CASE r.relkind WHEN 'm' THEN 'MATERIALIZED VIEW ' ELSE 'VIEW ' END
        || r.oid::pg_catalog.regclass::text
        || COALESCE(' WITH (' || pg_catalog.array_to_string(r.reloptions, ', ') || ')', '')
        || E' AS\n' || pg_catalog.rtrim(pg_catalog.pg_get_viewdef(r.oid, true), ';')
        || CASE WHEN r.relkind = 'm' AND NOT r.relispopulated THEN E'\nWITH NO DATA' ELSE '' END
    ] AS statements
FROM selected AS r
WHERE r.relkind IN ('v', 'm')
