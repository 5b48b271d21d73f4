-- A package registry: owners who are users or teams, versions, downloads by day, ltree categories, triggers that maintain a
-- search column, a materialized view, constraints that were added by hand over the years.
CREATE EXTENSION IF NOT EXISTS ltree;
CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TYPE owner_kind AS ENUM ('user', 'team');
CREATE DOMAIN semver AS text CHECK (VALUE ~ '^[0-9]+\.[0-9]+\.[0-9]+');

CREATE FUNCTION canon_name(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT replace(lower($1), '-', '_') $$;
CREATE FUNCTION random_token() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT encode(gen_random_bytes(16), 'hex') $$;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := CURRENT_TIMESTAMP;
    RETURN NEW;
END $$;
CREATE FUNCTION index_package() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := setweight(to_tsvector('english', coalesce(NEW.name, '')), 'A')
        || setweight(to_tsvector('english', coalesce(NEW.description, '')), 'B');
    RETURN NEW;
END $$;

CREATE TABLE users (
    id serial PRIMARY KEY,
    gh_id integer NOT NULL,
    gh_login varchar NOT NULL,
    name varchar,
    gh_avatar varchar,
    email_verified boolean NOT NULL DEFAULT false,
    account_lock_reason varchar,
    account_lock_until timestamp without time zone,
    publish_notifications boolean NOT NULL DEFAULT true,
    is_admin boolean DEFAULT false NOT NULL
);
CREATE UNIQUE INDEX users_gh_id ON users (gh_id) WHERE gh_id > 0;
CREATE INDEX lower_gh_login ON users (lower(gh_login));
COMMENT ON COLUMN users.account_lock_until IS 'Locked for ever if the reason is set and this is NULL';

CREATE TABLE teams (
    id serial PRIMARY KEY,
    login varchar NOT NULL UNIQUE,
    github_id integer NOT NULL UNIQUE,
    name varchar,
    org_id integer
);

CREATE TABLE packages (
    id serial PRIMARY KEY,
    name varchar NOT NULL,
    description varchar(1000),
    homepage varchar,
    repository varchar,
    max_upload_size integer,
    max_features smallint,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    search tsvector NOT NULL,
    CONSTRAINT packages_name_format CHECK (name ~ '^[A-Za-z][A-Za-z0-9_-]*$')
);
CREATE UNIQUE INDEX packages_canon_name ON packages (canon_name(name));
CREATE INDEX packages_search ON packages USING gin (search);
CREATE INDEX packages_name_trgm ON packages USING gin (canon_name(name) gin_trgm_ops);
CREATE INDEX packages_recent ON packages (created_at DESC, id DESC);
CREATE TRIGGER index_package BEFORE INSERT OR UPDATE ON packages FOR EACH ROW EXECUTE FUNCTION index_package();
CREATE TRIGGER touch_package BEFORE UPDATE ON packages FOR EACH ROW EXECUTE FUNCTION touch();

CREATE TABLE versions (
    id serial PRIMARY KEY,
    package_id integer NOT NULL REFERENCES packages ON DELETE CASCADE,
    num semver NOT NULL,
    num_no_build varchar NOT NULL,
    features jsonb NOT NULL DEFAULT '{}'::jsonb,
    yanked boolean NOT NULL DEFAULT false,
    yank_message text,
    license varchar,
    size integer,
    checksum char(64) NOT NULL,
    links varchar,
    edition varchar,
    keywords text[] NOT NULL DEFAULT '{}',
    published_by integer REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT unique_num UNIQUE (package_id, num),
    CONSTRAINT versions_size_check CHECK (size >= 0)
);
ALTER TABLE versions ADD CONSTRAINT versions_yank_message CHECK (yanked OR yank_message IS NULL) NOT VALID;
CREATE INDEX versions_package_id ON versions (package_id) INCLUDE (yanked);
CREATE INDEX versions_not_yanked ON versions (package_id, created_at DESC) WHERE NOT yanked;
CREATE TRIGGER touch_version BEFORE UPDATE ON versions FOR EACH ROW EXECUTE FUNCTION touch();

CREATE TABLE dependencies (
    id serial PRIMARY KEY,
    version_id integer NOT NULL REFERENCES versions ON DELETE CASCADE,
    package_id integer NOT NULL REFERENCES packages ON DELETE CASCADE,
    req varchar NOT NULL,
    optional boolean NOT NULL,
    default_features boolean NOT NULL,
    features text[] NOT NULL,
    target varchar,
    kind integer NOT NULL DEFAULT 0
);
CREATE INDEX index_dependencies_package_id ON dependencies (package_id);
CREATE INDEX index_dependencies_version_id ON dependencies (version_id);

CREATE TABLE package_owners (
    package_id integer NOT NULL REFERENCES packages ON DELETE CASCADE,
    owner_id integer NOT NULL,
    owner_kind owner_kind NOT NULL,
    created_by integer REFERENCES users,
    deleted boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    email_notifications boolean NOT NULL DEFAULT true,
    PRIMARY KEY (package_id, owner_id, owner_kind)
);
CREATE INDEX package_owners_active ON package_owners (owner_id, owner_kind) WHERE deleted = false;

CREATE TABLE categories (
    id serial PRIMARY KEY,
    category varchar NOT NULL UNIQUE,
    slug varchar NOT NULL UNIQUE CHECK (slug = lower(slug)),
    description varchar DEFAULT ''::varchar NOT NULL,
    packages_cnt integer NOT NULL DEFAULT 0,
    path ltree NOT NULL
);
CREATE INDEX categories_path_gist ON categories USING gist (path);
CREATE INDEX categories_path_btree ON categories USING btree (path);

CREATE TABLE packages_categories (
    package_id integer NOT NULL REFERENCES packages ON DELETE CASCADE,
    category_id integer NOT NULL REFERENCES categories ON DELETE CASCADE,
    PRIMARY KEY (package_id, category_id)
);
CREATE INDEX ON packages_categories (category_id);

CREATE TABLE version_downloads (
    version_id integer NOT NULL REFERENCES versions ON DELETE CASCADE,
    downloads integer NOT NULL DEFAULT 1,
    counted integer NOT NULL DEFAULT 0,
    date date NOT NULL DEFAULT CURRENT_DATE,
    processed boolean NOT NULL DEFAULT false,
    PRIMARY KEY (version_id, date)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX version_downloads_unprocessed ON version_downloads (processed) WHERE processed = false;

CREATE TABLE package_downloads (
    package_id integer PRIMARY KEY REFERENCES packages ON DELETE CASCADE,
    downloads bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE package_downloads IS 'Counts that an hourly job brings up to date';

CREATE TABLE api_tokens (
    id serial PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users,
    token bytea NOT NULL UNIQUE,
    name varchar NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    revoked boolean NOT NULL DEFAULT false,
    package_scopes text[],
    expired_at timestamptz
);
ALTER TABLE api_tokens ALTER COLUMN token SET STORAGE EXTERNAL;

CREATE TABLE background_jobs (
    id bigserial PRIMARY KEY,
    job_type text NOT NULL,
    data jsonb NOT NULL,
    retries integer NOT NULL DEFAULT 0,
    last_retry timestamptz NOT NULL DEFAULT '1970-01-01 00:00:00+00',
    created_at timestamptz NOT NULL DEFAULT now(),
    priority smallint NOT NULL DEFAULT 0
);
CREATE INDEX background_jobs_dedupe ON background_jobs (job_type, data, priority);

CREATE TABLE emails (
    id serial PRIMARY KEY,
    user_id integer NOT NULL UNIQUE REFERENCES users,
    email varchar NOT NULL,
    verified boolean NOT NULL DEFAULT false,
    token text NOT NULL DEFAULT random_token(),
    token_generated_at timestamptz
);

CREATE TABLE reserved_names (name text PRIMARY KEY);

CREATE MATERIALIZED VIEW recent_package_downloads (package_id, downloads) AS
    SELECT versions.package_id, sum(version_downloads.downloads)
    FROM version_downloads
    JOIN versions ON version_downloads.version_id = versions.id
    WHERE version_downloads.date > date(CURRENT_TIMESTAMP - INTERVAL '90 days')
    GROUP BY versions.package_id;
CREATE UNIQUE INDEX recent_package_downloads_package_id ON recent_package_downloads (package_id);

CREATE TABLE _sqlx_migrations (
    version bigint PRIMARY KEY,
    description text NOT NULL,
    installed_on timestamptz NOT NULL DEFAULT now(),
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);

INSERT INTO users (gh_id, gh_login) VALUES (1, 'ada'), (2, 'Grace');
INSERT INTO packages (name, description) VALUES ('serde-like', 'Serializes'), ('tokio_like', NULL);
INSERT INTO versions (package_id, num, num_no_build, checksum) VALUES (1, '1.0.0', '1.0.0', repeat('a', 64)), (2, '0.1.0', '0.1.0', repeat('b', 64));
INSERT INTO package_owners (package_id, owner_id, owner_kind) VALUES (1, 1, 'user');
INSERT INTO version_downloads (version_id, downloads) VALUES (1, 7);
INSERT INTO categories (category, slug, path) VALUES ('Parsing', 'parsing', 'root.parsing');
