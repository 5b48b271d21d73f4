-- The session that holds the advisory lock $1. A 64-bit key is shown in pg_locks as two halves, with objsubid 1.
SELECT
    l.pid,
    coalesce(a.application_name, '') AS application,
    coalesce(extract(epoch FROM pg_catalog.now() - a.backend_start), 0)::bigint AS age
FROM pg_catalog.pg_locks l
LEFT JOIN pg_catalog.pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory'
    AND l.granted
    AND l.objsubid = 1
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND ((l.classid::bigint << 32) | l.objid::bigint) = $1
