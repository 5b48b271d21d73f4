SELECT
    'trigger' AS kind,
    g.tgname || ' on ' || r.oid::pg_catalog.regclass::text AS name,
    pg_catalog.array_remove(
        ARRAY[
            pg_catalog.pg_get_triggerdef(g.oid, true),
            CASE
                WHEN g.tgenabled <> 'O'
                    THEN pg_catalog.format(
                        'ALTER TABLE %s %s TRIGGER %I',
                        r.oid::pg_catalog.regclass,
                        CASE g.tgenabled
                            WHEN 'D' THEN 'DISABLE'
                            WHEN 'R' THEN 'ENABLE REPLICA'
                            ELSE 'ENABLE ALWAYS'
                        END,
                        g.tgname
                    )
            END
        ],
        NULL
    ) AS statements
FROM selected AS r
JOIN pg_catalog.pg_trigger AS g ON g.tgrelid = r.oid
WHERE r.relkind IN ('r', 'p', 'v')
    AND NOT g.tgisinternal
    AND g.tgparentid = 0
