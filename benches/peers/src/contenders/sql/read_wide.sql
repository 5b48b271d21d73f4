SELECT id, external_id, parent_id, name, email, city, street, nickname, phone, company, note, visits, balance, score, level, rank,
    longitude, latitude, weight, height, active, verified, created_at, updated_at, deleted_at
FROM wide_users
