INSERT INTO users (name, hair_color) SELECT * FROM unnest($1::text[], $2::text[])
