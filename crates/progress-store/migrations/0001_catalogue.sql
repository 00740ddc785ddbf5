-- Paths, runs and their immutable revisions. Reference tables: small, read by everybody.

CREATE TABLE paths (
    path_id bigint GENERATED ALWAYS AS IDENTITY,
    org text NOT NULL,
    number text NOT NULL,
    title text NOT NULL,
    details jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT paths_pkey PRIMARY KEY (path_id),
    CONSTRAINT paths_org_number_key UNIQUE (org, number)
);

CREATE TABLE runs (
    run_id bigint GENERATED ALWAYS AS IDENTITY,
    run_key text NOT NULL,
    path_id bigint NOT NULL,
    policy jsonb NOT NULL,
    archived_at timestamptz,
    latest_revision integer NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT runs_pkey PRIMARY KEY (run_id),
    CONSTRAINT runs_run_key_key UNIQUE (run_key),
    CONSTRAINT runs_path_id_fkey FOREIGN KEY (path_id) REFERENCES paths (path_id),
    CONSTRAINT runs_run_key_check CHECK (char_length(run_key) <= 255),
    CONSTRAINT runs_latest_revision_check CHECK (latest_revision >= 1)
);

CREATE TABLE revisions (
    run_id bigint NOT NULL,
    revision integer NOT NULL,
    definition jsonb NOT NULL,
    digest bytea NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT revisions_pkey PRIMARY KEY (run_id, revision),
    CONSTRAINT revisions_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (run_id),
    CONSTRAINT revisions_revision_check CHECK (revision >= 1)
);

-- Raised by every change of the above, so that what is kept in memory knows when to read again.
CREATE TABLE catalogue_version (
    only_row boolean NOT NULL DEFAULT true,
    version bigint NOT NULL,
    CONSTRAINT catalogue_version_pkey PRIMARY KEY (only_row),
    CONSTRAINT catalogue_version_only_row_check CHECK (only_row)
);
INSERT INTO catalogue_version (version) VALUES (1);

-- What the platform says of courses; the newest event wins.
CREATE TABLE contexts (
    context_key text NOT NULL,
    title text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    told_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    CONSTRAINT contexts_pkey PRIMARY KEY (context_key)
);
