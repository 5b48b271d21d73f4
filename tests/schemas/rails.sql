-- A Rails application: ar_internal_metadata and schema_migrations, bigserial keys, polymorphic owners, string enums, timestamps
-- without time zone, indexes as add_index names them, comments, a join table without a key.
CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS hstore;

CREATE TABLE public.schema_migrations (version character varying NOT NULL, CONSTRAINT schema_migrations_pkey PRIMARY KEY (version));
CREATE TABLE public.ar_internal_metadata (
    key character varying NOT NULL,
    value character varying,
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL,
    CONSTRAINT ar_internal_metadata_pkey PRIMARY KEY (key)
);

CREATE TABLE accounts (
    id bigserial PRIMARY KEY,
    username character varying DEFAULT ''::character varying NOT NULL,
    domain character varying,
    private_key text,
    note text DEFAULT ''::text NOT NULL,
    settings hstore DEFAULT ''::hstore,
    fields jsonb,
    locked boolean DEFAULT false NOT NULL,
    followers_count integer DEFAULT 0 NOT NULL,
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL,
    moved_to_account_id bigint,
    also_known_as character varying[],
    lock_version integer DEFAULT 0 NOT NULL
);
CREATE UNIQUE INDEX index_accounts_on_username_and_domain_lower ON accounts (lower(username), COALESCE(lower(domain), ''));
CREATE INDEX search_index ON accounts USING gin ((setweight(to_tsvector('simple', username), 'A') || setweight(to_tsvector('simple', coalesce(domain, '')), 'C')));
CREATE INDEX index_accounts_on_moved_to_account_id ON accounts (moved_to_account_id) WHERE moved_to_account_id IS NOT NULL;
ALTER TABLE accounts ADD CONSTRAINT fk_rails_2320833084 FOREIGN KEY (moved_to_account_id) REFERENCES accounts (id) ON DELETE SET NULL;

CREATE TABLE users (
    id bigserial PRIMARY KEY,
    email citext NOT NULL,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    encrypted_password character varying DEFAULT ''::character varying NOT NULL,
    sign_in_count integer DEFAULT 0 NOT NULL,
    current_sign_in_ip inet,
    confirmed_at timestamp without time zone,
    otp_backup_codes character varying[],
    role integer DEFAULT 0 NOT NULL,
    time_zone character varying,
    created_at timestamp without time zone NOT NULL,
    updated_at timestamp without time zone NOT NULL
);
CREATE UNIQUE INDEX index_users_on_email ON users USING btree (email);
CREATE INDEX index_users_on_account_id ON users (account_id);
COMMENT ON COLUMN users.role IS '0: user, 1: moderator, 2: admin';

CREATE SEQUENCE statuses_id_seq;
CREATE FUNCTION timestamp_id(table_name text) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN ((date_part('epoch', now()) * 1000)::bigint << 16) | (nextval(table_name || '_id_seq') & 65535);
END $$;
CREATE TABLE statuses (
    id bigint DEFAULT timestamp_id('statuses'::text) NOT NULL PRIMARY KEY,
    uri character varying,
    text text DEFAULT ''::text NOT NULL,
    created_at timestamp without time zone NOT NULL,
    in_reply_to_id bigint REFERENCES statuses ON DELETE SET NULL,
    sensitive boolean DEFAULT false NOT NULL,
    visibility integer DEFAULT 0 NOT NULL,
    spoiler_text text DEFAULT ''::text NOT NULL,
    account_id bigint NOT NULL CONSTRAINT fk_9bda1543f7 REFERENCES accounts ON DELETE CASCADE,
    ordered_media_attachment_ids bigint[],
    deleted_at timestamp without time zone
);
CREATE INDEX index_statuses_20190820 ON statuses (account_id, id DESC, visibility, created_at) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX index_statuses_on_uri ON statuses (uri text_pattern_ops) WHERE uri IS NOT NULL;

CREATE TABLE tags (
    id bigserial PRIMARY KEY,
    name character varying DEFAULT ''::character varying NOT NULL,
    usable boolean,
    max_score double precision,
    display_name character varying
);
CREATE UNIQUE INDEX index_tags_on_name_lower_btree ON tags (lower((name)::text) text_pattern_ops);

CREATE TABLE statuses_tags (status_id bigint NOT NULL, tag_id bigint NOT NULL);
CREATE UNIQUE INDEX index_statuses_tags_on_tag_id_and_status_id ON statuses_tags (tag_id, status_id);
ALTER TABLE statuses_tags ADD CONSTRAINT fk_3081861e21 FOREIGN KEY (tag_id) REFERENCES tags ON DELETE CASCADE;
ALTER TABLE statuses_tags ADD CONSTRAINT fk_df0fe11427 FOREIGN KEY (status_id) REFERENCES statuses ON DELETE CASCADE;

CREATE TABLE taggings (
    id serial PRIMARY KEY,
    tag_id integer,
    taggable_type character varying,
    taggable_id integer,
    context character varying(128),
    created_at timestamp without time zone
);
CREATE UNIQUE INDEX taggings_idx ON taggings (tag_id, taggable_id, taggable_type, context);
CREATE INDEX index_taggings_on_taggable ON taggings (taggable_type, taggable_id);

CREATE TABLE active_storage_blobs (
    id bigserial PRIMARY KEY,
    key character varying NOT NULL,
    filename character varying NOT NULL,
    content_type character varying,
    metadata text,
    byte_size bigint NOT NULL,
    checksum character varying,
    created_at timestamp(6) without time zone NOT NULL
);
CREATE UNIQUE INDEX index_active_storage_blobs_on_key ON active_storage_blobs USING btree (key);
CREATE TABLE active_storage_attachments (
    id bigserial PRIMARY KEY,
    name character varying NOT NULL,
    record_type character varying NOT NULL,
    record_id bigint NOT NULL,
    blob_id bigint NOT NULL CONSTRAINT fk_rails_c3b3935057 REFERENCES active_storage_blobs,
    created_at timestamp(6) without time zone NOT NULL
);
CREATE UNIQUE INDEX index_active_storage_attachments_uniqueness ON active_storage_attachments (record_type, record_id, name, blob_id);

CREATE TABLE preview_cards (
    id bigserial PRIMARY KEY,
    url character varying DEFAULT ''::character varying NOT NULL,
    type integer DEFAULT 0 NOT NULL,
    html text DEFAULT '' NOT NULL,
    image_meta json,
    blurhash character varying,
    created_at timestamp without time zone NOT NULL
);
CREATE UNIQUE INDEX index_preview_cards_on_url ON preview_cards (url);
CREATE VIEW user_ips AS SELECT id AS user_id, current_sign_in_ip AS ip, confirmed_at AS used_at FROM users;

INSERT INTO schema_migrations VALUES ('20160220174730'), ('20240109103012');
INSERT INTO accounts (username, created_at, updated_at) VALUES ('ada', now(), now());
INSERT INTO users (email, account_id, created_at, updated_at) VALUES ('Ada@example.org', 1, now(), now());
INSERT INTO statuses (text, created_at, account_id) VALUES ('hi', now(), 1);
INSERT INTO tags (name) VALUES ('rust');
INSERT INTO statuses_tags SELECT id, 1 FROM statuses;
