-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY users_id_idx ON users (id);
CREATE TABLE notes (a integer);

-- migrate:down
DROP INDEX users_id_idx;
