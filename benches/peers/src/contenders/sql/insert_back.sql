INSERT INTO users (name, hair_color)
SELECT name, hair_color FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS new (name, hair_color, n) ORDER BY n
RETURNING id, name, hair_color
