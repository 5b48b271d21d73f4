-- requires: postgis
-- Maps: PostGIS geometry and geography, PostgreSQL's own geometric types, hstore tags, exclusion of overlapping zones.
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS hstore;
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE regions (
    id serial PRIMARY KEY,
    code char(2) NOT NULL UNIQUE,
    name text NOT NULL,
    boundary geometry(MultiPolygon, 4326),
    centre geography(Point, 4326),
    population bigint CHECK (population >= 0),
    area double precision GENERATED ALWAYS AS (st_area(boundary)) STORED
);
CREATE INDEX regions_boundary ON regions USING gist (boundary);

CREATE TABLE places (
    id bigserial PRIMARY KEY,
    region_id integer REFERENCES regions ON DELETE SET NULL,
    name text NOT NULL,
    location geometry(Point, 3857) NOT NULL,
    tags hstore NOT NULL DEFAULT '',
    elevation real,
    opened daterange,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX places_location ON places USING gist (location);
CREATE INDEX places_tags ON places USING gin (tags);
CREATE INDEX places_name_pattern ON places (name text_pattern_ops);

CREATE TABLE tracks (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    recorded_at tstzrange NOT NULL,
    line geometry(LineStringZ, 4326) NOT NULL,
    length_m double precision NOT NULL DEFAULT 0,
    device macaddr,
    CONSTRAINT tracks_length CHECK (length_m >= 0)
);

CREATE TABLE floor_plans (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place_id bigint NOT NULL REFERENCES places ON DELETE CASCADE,
    floor smallint NOT NULL,
    outline polygon NOT NULL,
    entrance point,
    reach circle,
    bounds box,
    walls path,
    UNIQUE (place_id, floor)
);

CREATE TABLE zones (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    area box NOT NULL,
    CONSTRAINT zones_apart EXCLUDE USING gist (area WITH &&)
);

CREATE VIEW places_by_region AS SELECT region_id, count(*) FROM places GROUP BY region_id;

INSERT INTO regions (code, name, boundary) VALUES ('DE', 'Germany', 'SRID=4326;MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)))');
INSERT INTO places (region_id, name, location, tags) VALUES (1, 'Here', 'SRID=3857;POINT(1 2)', 'amenity=>cafe');
