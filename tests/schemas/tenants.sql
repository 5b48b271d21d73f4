-- A multi-tenant service: row security by a setting of the transaction, policies for several roles, tenant_id in every key,
-- functions of a schema of their own in defaults and policies.
CREATE SCHEMA auth;
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'schemas_app') THEN CREATE ROLE schemas_app NOLOGIN; END IF;
END $$;
CREATE FUNCTION auth.tenant() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.tenant', true), '')::uuid $$;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.user', true), '')::uuid $$;

CREATE TABLE tenants (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL,
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9-]{1,40}$'),
    plan text NOT NULL DEFAULT 'free',
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE members (
    tenant_id uuid NOT NULL DEFAULT auth.tenant() REFERENCES tenants ON DELETE CASCADE,
    user_id uuid NOT NULL,
    role text NOT NULL DEFAULT 'member',
    invited_by uuid,
    joined_at timestamptz,
    PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT members_invited_by_fkey FOREIGN KEY (tenant_id, invited_by) REFERENCES members (tenant_id, user_id),
    CONSTRAINT members_role CHECK (role = ANY (ARRAY['owner', 'admin', 'member', 'guest']))
);
CREATE INDEX members_user ON members (user_id);

CREATE TABLE projects (
    tenant_id uuid NOT NULL DEFAULT auth.tenant() REFERENCES tenants ON DELETE CASCADE,
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    archived_at timestamptz,
    created_by uuid DEFAULT auth.uid(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (id)
);
CREATE UNIQUE INDEX projects_name ON projects (tenant_id, lower(name)) WHERE archived_at IS NULL;

CREATE TABLE tasks (
    tenant_id uuid NOT NULL DEFAULT auth.tenant(),
    id bigint GENERATED ALWAYS AS IDENTITY,
    project_id bigint NOT NULL,
    title text NOT NULL,
    body text,
    done boolean NOT NULL DEFAULT false,
    assignee uuid,
    due date,
    priority smallint NOT NULL DEFAULT 3 CHECK (priority BETWEEN 1 AND 5),
    labels text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, assignee) REFERENCES members (tenant_id, user_id)
);
CREATE INDEX tasks_open ON tasks (tenant_id, project_id, due) WHERE NOT done;
CREATE INDEX tasks_labels ON tasks USING gin (labels);

CREATE TABLE attachments (
    tenant_id uuid NOT NULL DEFAULT auth.tenant(),
    task_id bigint NOT NULL,
    name text NOT NULL,
    content bytea NOT NULL,
    size integer GENERATED ALWAYS AS (octet_length(content)) STORED,
    PRIMARY KEY (tenant_id, task_id, name),
    FOREIGN KEY (tenant_id, task_id) REFERENCES tasks ON DELETE CASCADE
);
ALTER TABLE attachments ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TABLE events (
    tenant_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    name text NOT NULL,
    payload jsonb
);
CREATE INDEX events_at ON events (tenant_id, at);

ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects FORCE ROW LEVEL SECURITY;
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE attachments ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON members USING (tenant_id = auth.tenant());
CREATE POLICY own_tenant ON projects USING (tenant_id = auth.tenant()) WITH CHECK (tenant_id = auth.tenant());
CREATE POLICY own_tenant ON tasks USING (tenant_id = auth.tenant());
CREATE POLICY assignees_update ON tasks AS RESTRICTIVE FOR UPDATE TO schemas_app USING (assignee IS NULL OR assignee = auth.uid());
CREATE POLICY own_tenant ON attachments FOR SELECT USING (tenant_id = auth.tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO schemas_app;

INSERT INTO tenants (id, name, slug) VALUES ('11111111-1111-1111-1111-111111111111', 'One', 'one');
INSERT INTO members (tenant_id, user_id) VALUES ('11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222');
SET app.tenant = '11111111-1111-1111-1111-111111111111';
INSERT INTO projects (name) VALUES ('Move');
INSERT INTO tasks (project_id, title) SELECT id, 'Pack' FROM projects;
RESET app.tenant;
