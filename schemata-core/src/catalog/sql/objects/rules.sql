SELECT
    'rule' AS kind,
    u.rulename || ' on ' || r.oid::pg_catalog.regclass::text AS name,
    pg_catalog.array_remove(
        ARRAY[
            pg_catalog.rtrim(pg_catalog.pg_get_ruledef(u.oid, true), ';'),
            CASE
                WHEN u.ev_enabled <> 'O'
                    THEN pg_catalog.format(
                        'ALTER TABLE %s %s RULE %I',
                        r.oid::pg_catalog.regclass,
                        CASE u.ev_enabled
                            WHEN 'D' THEN 'DISABLE'
                            WHEN 'R' THEN 'ENABLE REPLICA'
                            ELSE 'ENABLE ALWAYS'
                        END,
                        u.rulename
                    )
            END
        ],
        NULL
    ) AS statements
FROM selected AS r
JOIN pg_catalog.pg_rewrite AS u ON u.ev_class = r.oid
WHERE r.relkind IN ('r', 'p', 'v')
    AND u.rulename <> '_RETURN'
