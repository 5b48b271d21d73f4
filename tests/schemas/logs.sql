-- A log store without keys: append-only tables, BRIN indexes, network types, bits, a table with nothing but arrays, one with
-- no column at all.
CREATE TYPE level AS ENUM ('trace', 'debug', 'info', 'warn', 'error');

CREATE TABLE log_lines (
    at timestamptz NOT NULL,
    host text NOT NULL,
    level level NOT NULL DEFAULT 'info',
    message text NOT NULL,
    fields jsonb
);
CREATE INDEX log_lines_at ON log_lines USING brin (at) WITH (pages_per_range = 16);
CREATE INDEX log_lines_errors ON log_lines (host, at DESC) WHERE level IN ('warn', 'error');
ALTER TABLE log_lines ALTER COLUMN host SET STATISTICS 500;
ALTER TABLE log_lines ALTER COLUMN host SET (n_distinct = 120);

CREATE TABLE access_log (
    at timestamp NOT NULL,
    client inet NOT NULL,
    network cidr,
    card macaddr,
    card8 macaddr8,
    method varchar(7) NOT NULL,
    path text NOT NULL,
    status smallint NOT NULL CHECK (status BETWEEN 100 AND 599),
    bytes bigint NOT NULL DEFAULT 0,
    took interval NOT NULL,
    flags bit(8) NOT NULL DEFAULT B'00000000',
    extra_flags varbit
);
CREATE INDEX access_log_client ON access_log USING gist (client inet_ops);

CREATE TABLE metrics (
    name text NOT NULL,
    tags text[] NOT NULL,
    at timestamptz NOT NULL,
    value double precision NOT NULL,
    UNIQUE (name, tags, at)
);

CREATE TABLE samples (readings real[], labels text[]);
CREATE TABLE nothing ();

CREATE TABLE replication_slots_seen (slot name, restart_lsn pg_lsn, seen_at timestamptz DEFAULT now());

CREATE TABLE hosts (
    name text PRIMARY KEY,
    first_seen timestamptz NOT NULL DEFAULT now(),
    addresses inet[] NOT NULL DEFAULT '{}',
    notes xml,
    cost money
);

CREATE TABLE retention (
    "table" text PRIMARY KEY,
    keep interval NOT NULL DEFAULT '30 days',
    CONSTRAINT retention_keep CHECK (keep > '0'::interval)
);

INSERT INTO log_lines (at, host, message) VALUES (now(), 'a', 'started'), (now(), 'b', 'started');
INSERT INTO metrics VALUES ('cpu', '{a,b}', now(), 0.5);
INSERT INTO hosts (name) VALUES ('a');
