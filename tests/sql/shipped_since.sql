-- Orders that were shipped, with their customers.
SELECT {o.number}, {c.email}
FROM {Order as o}
JOIN {Customer as c} ON {c.id} = {o.customer_id}
WHERE {o.status} = 'shipped'
  AND {o.placed_at} >= {since}
ORDER BY 1
