-- A forum of federated communities: comments as an ltree path, counters kept by triggers, ranks in generated columns and
-- functions in indexes, deferrable keys, reports as views.
CREATE EXTENSION IF NOT EXISTS ltree;
CREATE EXTENSION IF NOT EXISTS citext;

CREATE TYPE listing_type AS ENUM ('All', 'Local', 'Subscribed', 'Moderator View');
CREATE TYPE registration_mode AS ENUM ('Closed', 'RequireApplication', 'Open');
CREATE SCHEMA r;
CREATE FUNCTION r.hot_rank(score numeric, published timestamptz) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (log(greatest(2, score + 2)) / power(extract(epoch FROM (TIMESTAMPTZ '2024-01-01' - published)) / 3600 + 1, 2))::float8
$$;

CREATE TABLE instance (
    id serial PRIMARY KEY,
    domain citext NOT NULL UNIQUE,
    software varchar(255),
    version varchar(255),
    published_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz
);

CREATE TABLE person (
    id serial PRIMARY KEY,
    name varchar(255) NOT NULL,
    display_name varchar(255),
    avatar text,
    banned boolean DEFAULT false NOT NULL,
    ap_id varchar(255) NOT NULL DEFAULT ('http://changeme.invalid/' || md5(random()::text)),
    bio text,
    local boolean NOT NULL DEFAULT true,
    public_key text NOT NULL,
    private_key text,
    deleted boolean NOT NULL DEFAULT false,
    matrix_user_id text,
    bot_account boolean NOT NULL DEFAULT false,
    ban_expires_at timestamptz,
    instance_id integer NOT NULL REFERENCES instance ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE,
    published_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz,
    CONSTRAINT idx_person_ap_id UNIQUE (ap_id)
);
CREATE UNIQUE INDEX idx_person_lower_ap_id ON person (lower(ap_id));
CREATE INDEX idx_person_local_instance ON person (local DESC, instance_id);

CREATE TABLE local_user (
    id serial PRIMARY KEY,
    person_id integer NOT NULL UNIQUE REFERENCES person ON UPDATE CASCADE ON DELETE CASCADE,
    password_encrypted text NOT NULL,
    email citext UNIQUE,
    show_nsfw boolean NOT NULL DEFAULT false,
    theme text NOT NULL DEFAULT 'browser',
    default_listing_type listing_type NOT NULL DEFAULT 'Local',
    interface_language varchar(20) NOT NULL DEFAULT 'browser',
    blur integer NOT NULL DEFAULT 1 CHECK (blur BETWEEN 0 AND 2),
    totp_secret text
);

CREATE TABLE community (
    id serial PRIMARY KEY,
    name varchar(255) NOT NULL,
    title varchar(255) NOT NULL,
    sidebar text,
    removed boolean NOT NULL DEFAULT false,
    nsfw boolean NOT NULL DEFAULT false,
    ap_id varchar(255) NOT NULL UNIQUE,
    instance_id integer NOT NULL REFERENCES instance ON UPDATE CASCADE ON DELETE CASCADE,
    subscribers bigint NOT NULL DEFAULT 0,
    posts bigint NOT NULL DEFAULT 0,
    comments bigint NOT NULL DEFAULT 0,
    published_at timestamptz NOT NULL DEFAULT now(),
    hot_rank double precision NOT NULL DEFAULT 0.0001
);
CREATE INDEX idx_community_lower_name ON community (lower(name));
CREATE INDEX idx_community_hot ON community (hot_rank DESC);
CREATE INDEX idx_community_title_collate ON community (title COLLATE "C");

CREATE TABLE community_follower (
    community_id integer NOT NULL REFERENCES community ON UPDATE CASCADE ON DELETE CASCADE,
    person_id integer NOT NULL REFERENCES person ON UPDATE CASCADE ON DELETE CASCADE,
    pending boolean NOT NULL DEFAULT false,
    published_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (person_id, community_id)
);
CREATE INDEX idx_community_follower_published ON community_follower (published_at);

CREATE TABLE post (
    id serial PRIMARY KEY,
    name varchar(200) NOT NULL,
    url varchar(2000),
    body text,
    creator_id integer NOT NULL REFERENCES person ON UPDATE CASCADE ON DELETE CASCADE,
    community_id integer NOT NULL REFERENCES community ON UPDATE CASCADE ON DELETE CASCADE,
    removed boolean NOT NULL DEFAULT false,
    locked boolean NOT NULL DEFAULT false,
    featured_local boolean NOT NULL DEFAULT false,
    score bigint NOT NULL DEFAULT 0,
    upvotes bigint NOT NULL DEFAULT 0,
    downvotes bigint NOT NULL DEFAULT 0,
    comments bigint NOT NULL DEFAULT 0,
    published_at timestamptz NOT NULL DEFAULT now(),
    newest_comment_at timestamptz NOT NULL DEFAULT now(),
    controversy_rank double precision GENERATED ALWAYS AS (
        CASE WHEN downvotes <= 0 OR upvotes <= 0 THEN 0
             ELSE (upvotes + downvotes) ^ CASE WHEN upvotes > downvotes
                  THEN downvotes::float8 / upvotes ELSE upvotes::float8 / downvotes END END) STORED,
    alt_text text
);
CREATE INDEX idx_post_hot ON post (community_id, featured_local DESC, r.hot_rank(score, published_at) DESC);
CREATE INDEX idx_post_url ON post USING hash (url);
CREATE INDEX idx_post_trigram ON post (lower(name) text_pattern_ops);
COMMENT ON INDEX idx_post_url IS 'Finds cross-posts';

CREATE TABLE comment (
    id serial PRIMARY KEY,
    creator_id integer NOT NULL REFERENCES person ON UPDATE CASCADE ON DELETE CASCADE,
    post_id integer NOT NULL REFERENCES post ON UPDATE CASCADE ON DELETE CASCADE,
    content text NOT NULL,
    removed boolean NOT NULL DEFAULT false,
    path ltree NOT NULL DEFAULT '0',
    distinguished boolean NOT NULL DEFAULT false,
    child_count integer NOT NULL DEFAULT 0,
    published_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_path_gist ON comment USING gist (path);
CREATE INDEX idx_comment_content_trigram ON comment (left(content, 20));

CREATE TABLE post_actions (
    post_id integer NOT NULL REFERENCES post ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    person_id integer NOT NULL REFERENCES person ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    read_at timestamptz,
    saved_at timestamptz,
    liked_at timestamptz,
    like_score smallint,
    PRIMARY KEY (person_id, post_id),
    CONSTRAINT post_actions_check_liked CHECK ((liked_at IS NULL) = (like_score IS NULL)),
    CONSTRAINT post_actions_check_not_empty CHECK (num_nonnulls(read_at, saved_at, liked_at) > 0)
);
CREATE INDEX idx_post_actions_read ON post_actions (person_id, post_id) WHERE read_at IS NOT NULL;
CREATE STATISTICS post_actions_stat ON post_id, person_id FROM post_actions;

CREATE TABLE local_site (
    id serial PRIMARY KEY,
    site_setup boolean NOT NULL DEFAULT false,
    registration_mode registration_mode NOT NULL DEFAULT 'RequireApplication',
    slur_filter_regex text,
    actor_name_max_length integer NOT NULL DEFAULT 20,
    captcha_difficulty varchar(255) NOT NULL DEFAULT 'medium',
    published_at timestamptz NOT NULL DEFAULT now(),
    max_image bigint DEFAULT (1024 * 1024) NOT NULL,
    CHECK (actor_name_max_length > 0)
);

CREATE TABLE mod_log (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000 INCREMENT BY 10) PRIMARY KEY,
    mod_person_id integer NOT NULL REFERENCES person ON DELETE CASCADE,
    target_post_id integer REFERENCES post ON DELETE SET NULL,
    target_comment_id integer REFERENCES comment ON DELETE SET NULL,
    reason text,
    happened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT mod_log_one_target CHECK (num_nonnulls(target_post_id, target_comment_id) = 1)
);

CREATE FUNCTION r.count_comment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE post SET comments = comments + CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END, newest_comment_at = now()
    WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.post_id ELSE OLD.post_id END;
    RETURN NULL;
END $$;
CREATE TRIGGER count_comment AFTER INSERT OR DELETE ON comment FOR EACH ROW EXECUTE FUNCTION r.count_comment();
CREATE VIEW post_view AS
    SELECT post.*, person.name AS creator_name, community.title AS community_title
    FROM post JOIN person ON person.id = post.creator_id JOIN community ON community.id = post.community_id
    WHERE NOT post.removed;

CREATE TABLE __diesel_schema_migrations (
    version varchar(50) PRIMARY KEY,
    run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);

INSERT INTO instance (domain) VALUES ('Example.org');
INSERT INTO person (name, public_key, instance_id) VALUES ('ada', 'k', 1), ('grace', 'k', 1);
INSERT INTO community (name, title, ap_id, instance_id) VALUES ('rust', 'Rust', 'https://example.org/c/rust', 1);
INSERT INTO post (name, creator_id, community_id, upvotes, downvotes) VALUES ('Hello', 1, 1, 5, 2);
INSERT INTO comment (creator_id, post_id, content, path) VALUES (2, 1, 'First', '0.1');
INSERT INTO post_actions (post_id, person_id, read_at) VALUES (1, 2, now());
