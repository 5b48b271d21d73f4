INSERT INTO users (id, name, hair_color) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])
ON CONFLICT (id) DO UPDATE SET name = excluded.name, hair_color = excluded.hair_color
