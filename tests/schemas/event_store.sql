-- An event store: streams partitioned by hash, events partitioned by list and then range, projections, an outbox, snapshots in
-- jsonb, sequences with options, a rule, inheritance.
CREATE TYPE expected_version AS ENUM ('any', 'no stream', 'exact');
CREATE SEQUENCE global_position AS bigint START 1 CACHE 1 NO CYCLE;

CREATE TABLE streams (
    id bigint NOT NULL,
    name text NOT NULL,
    version bigint NOT NULL DEFAULT -1,
    archived boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id)
) PARTITION BY HASH (id);
CREATE TABLE streams_0 PARTITION OF streams FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE streams_1 PARTITION OF streams FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX streams_name ON streams (name);

CREATE TABLE events (
    position bigint NOT NULL DEFAULT nextval('global_position'),
    stream_id bigint NOT NULL,
    version bigint NOT NULL,
    kind text NOT NULL,
    data jsonb NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}',
    archived boolean NOT NULL DEFAULT false,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT events_pkey PRIMARY KEY (archived, recorded_at, position),
    CONSTRAINT events_version CHECK (version >= 0)
) PARTITION BY LIST (archived);
CREATE TABLE events_live PARTITION OF events FOR VALUES IN (false) PARTITION BY RANGE (recorded_at);
CREATE TABLE events_live_2024 PARTITION OF events_live FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_live_rest PARTITION OF events_live DEFAULT;
CREATE TABLE events_archived PARTITION OF events FOR VALUES IN (true);
CREATE INDEX events_stream ON events (stream_id, version);
CREATE INDEX events_kind ON events (kind) INCLUDE (position);

CREATE TABLE snapshots (
    stream_id bigint NOT NULL,
    version bigint NOT NULL,
    state jsonb NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stream_id, version)
) WITH (toast_tuple_target = 8160, autovacuum_enabled = false);

CREATE TABLE subscriptions (
    name text PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    locked_by text,
    locked_until timestamptz,
    mode expected_version NOT NULL DEFAULT 'any',
    CHECK ((locked_by IS NULL) = (locked_until IS NULL))
) WITH (fillfactor = 50);

CREATE TABLE outbox (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    topic text NOT NULL,
    key bytea,
    payload bytea NOT NULL,
    headers jsonb[] NOT NULL DEFAULT '{}',
    attempts smallint NOT NULL DEFAULT 0,
    sent_at timestamptz,
    CONSTRAINT outbox_attempts CHECK (attempts BETWEEN 0 AND 20)
);
CREATE INDEX outbox_unsent ON outbox (topic, id) WHERE sent_at IS NULL;
CREATE RULE outbox_is_kept AS ON DELETE TO outbox WHERE OLD.sent_at IS NULL DO INSTEAD NOTHING;

CREATE TABLE account_balances (
    account uuid PRIMARY KEY,
    balance numeric(20, 4) NOT NULL,
    last_position bigint NOT NULL,
    history numeric(20, 4)[] NOT NULL DEFAULT ARRAY[]::numeric[]
);

CREATE TABLE parents (id integer PRIMARY KEY, note text);
CREATE TABLE children (age integer, CHECK (age >= 0) NO INHERIT) INHERITS (parents);

CREATE FUNCTION notify_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('events', NEW.position::text);
    RETURN NULL;
END $$;
CREATE TRIGGER notify_event AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION notify_event();

INSERT INTO streams (id, name) VALUES (1, 'account-1'), (2, 'account-2');
INSERT INTO events (stream_id, version, kind, data) VALUES (1, 0, 'opened', '{}'), (1, 1, 'paid', '{"n": 1}');
INSERT INTO outbox (topic, payload) VALUES ('t', '\x01');
