-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email_idx ON users (lower(email));
VACUUM users;
INSERT INTO users (email) VALUES ('ada@example.com');
