-- Documents with full text and embeddings: generated tsvectors in two languages, embeddings as arrays with a length check,
-- own text search configuration, an own aggregate and an own collation.
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TEXT SEARCH CONFIGURATION simple_unaccent (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION simple_unaccent ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple;
CREATE TYPE language AS ENUM ('english', 'german', 'simple');
CREATE DOMAIN embedding AS real[] CHECK (array_length(VALUE, 1) = 4);
CREATE AGGREGATE concat_all(text) (SFUNC = textcat, STYPE = text, INITCOND = '');

CREATE TABLE collections (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    parent_id bigint REFERENCES collections,
    language language NOT NULL DEFAULT 'english',
    settings jsonb NOT NULL DEFAULT jsonb_build_object('chunk', 512),
    CONSTRAINT collections_not_own_parent CHECK (parent_id <> id)
);
CREATE UNIQUE INDEX collections_name ON collections (coalesce(parent_id, 0), lower(name));

CREATE TABLE documents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    collection_id bigint NOT NULL REFERENCES collections ON DELETE CASCADE,
    title text NOT NULL,
    body text NOT NULL DEFAULT '',
    language language NOT NULL DEFAULT 'english',
    source_url text,
    published date,
    search tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', body), 'B')) STORED,
    words integer GENERATED ALWAYS AS (array_length(regexp_split_to_array(btrim(body), '\s+'), 1)) STORED,
    rating numeric(3, 2),
    CONSTRAINT documents_rating CHECK (rating >= 0 AND rating <= 5),
    CONSTRAINT documents_url CHECK (source_url ~* '^https?://')
);
CREATE INDEX documents_search ON documents USING gin (search);
CREATE INDEX documents_title_trgm ON documents USING gist (title gist_trgm_ops);
CREATE INDEX documents_year ON documents (date_part('year', published));

CREATE TABLE chunks (
    document_id bigint NOT NULL REFERENCES documents ON DELETE CASCADE,
    "number" integer NOT NULL,
    content text NOT NULL,
    tokens integer NOT NULL,
    vector embedding,
    raw_vector real[] NOT NULL,
    model text NOT NULL DEFAULT 'small',
    PRIMARY KEY (document_id, "number"),
    CONSTRAINT chunks_vector_length CHECK (cardinality(raw_vector) = 4)
);

CREATE TABLE queries (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    text text NOT NULL,
    query tsquery,
    results bigint[] NOT NULL DEFAULT '{}',
    scores real[] NOT NULL DEFAULT '{}',
    took interval,
    asked_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX queries_day ON queries ((asked_at AT TIME ZONE 'UTC'));

CREATE TABLE synonyms (
    word text COLLATE "C" NOT NULL,
    language language NOT NULL,
    synonym text COLLATE "C" NOT NULL,
    PRIMARY KEY (word, language, synonym)
);

CREATE FUNCTION nearest(vector real[], n integer) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT document_id FROM chunks ORDER BY (SELECT sum((a - b) ^ 2) FROM unnest(raw_vector, vector) AS v (a, b)) LIMIT n
$$;

INSERT INTO collections (name) VALUES ('Papers');
INSERT INTO documents (collection_id, title, body) VALUES (1, 'On joins', 'A join joins.');
INSERT INTO chunks (document_id, "number", content, tokens, raw_vector) VALUES (1, 1, 'A join', 2, '{0,1,0,1}');
