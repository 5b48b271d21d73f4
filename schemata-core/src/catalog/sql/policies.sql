SELECT t.key AS table_key, p.polname::text AS name, p.clauses
FROM selected AS t
JOIN policies AS p ON p.polrelid = t.oid
