UPDATE users SET name = changed.name, hair_color = changed.hair_color
FROM unnest($1::bigint[], $2::text[], $3::text[]) AS changed (id, name, hair_color)
WHERE users.id = changed.id
