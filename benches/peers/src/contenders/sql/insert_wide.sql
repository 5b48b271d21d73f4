INSERT INTO wide_users (id, external_id, parent_id, name, email, city, street, nickname, phone, company, note, visits, balance,
    score, level, rank, longitude, latitude, weight, height, active, verified, created_at, updated_at, deleted_at)
SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::bigint[], $13::bigint[], $14::integer[], $15::integer[], $16::integer[],
    $17::double precision[], $18::double precision[], $19::double precision[], $20::double precision[], $21::boolean[],
    $22::boolean[], $23::timestamptz[], $24::timestamptz[], $25::timestamptz[])
