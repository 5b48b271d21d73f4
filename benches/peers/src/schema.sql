CREATE TABLE authors (id bigint PRIMARY KEY, name text NOT NULL, country text);
CREATE TABLE books (id bigint PRIMARY KEY, author_id bigint NOT NULL REFERENCES authors, title text NOT NULL);
CREATE TABLE chapters (id bigint PRIMARY KEY, book_id bigint NOT NULL REFERENCES books, heading text NOT NULL);
CREATE INDEX ON books (author_id);
CREATE INDEX ON chapters (book_id);
CREATE INDEX ON chapters (heading, id);

CREATE TABLE users (id bigserial PRIMARY KEY, name text NOT NULL, hair_color text);
CREATE TABLE wide_users (
    id bigint PRIMARY KEY, external_id uuid NOT NULL, parent_id bigint,
    name text NOT NULL, email text NOT NULL, city text NOT NULL, street text NOT NULL,
    nickname text, phone text, company text, note text,
    visits bigint NOT NULL, balance bigint NOT NULL, score integer NOT NULL, level integer NOT NULL, rank integer,
    longitude double precision NOT NULL, latitude double precision NOT NULL, weight double precision NOT NULL,
    height double precision,
    active boolean NOT NULL, verified boolean NOT NULL,
    created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, deleted_at timestamptz);

-- What both tables are filled with again.
CREATE TABLE users_full (LIKE users);
CREATE TABLE wide_users_full (LIKE wide_users);
