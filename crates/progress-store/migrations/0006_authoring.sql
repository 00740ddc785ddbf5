-- What administrators write: versions of what they edit, drafts, grants, the audit log.

-- Versions are drawn from one sequence, so that none ever comes back, also not that of a draft made anew.
CREATE SEQUENCE edit_versions;

ALTER TABLE paths
    ADD COLUMN archived_at timestamptz,
    ADD COLUMN version bigint NOT NULL DEFAULT nextval('edit_versions');

-- A run has no revision until its first is published.
ALTER TABLE runs
    ADD COLUMN version bigint NOT NULL DEFAULT nextval('edit_versions'),
    DROP CONSTRAINT runs_latest_revision_check,
    ADD CONSTRAINT runs_latest_revision_check CHECK (latest_revision >= 0);

-- What is to become a run's next revision; it may still be wrong.
CREATE TABLE drafts (
    run_id bigint NOT NULL,
    definition jsonb NOT NULL,
    version bigint NOT NULL DEFAULT nextval('edit_versions'),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT drafts_pkey PRIMARY KEY (run_id),
    CONSTRAINT drafts_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (run_id)
);

-- Runs whose learners are to be judged by another rule than before, and how far that has come.
CREATE TABLE rejudgements (
    run_id bigint NOT NULL,
    after_learner_id bigint NOT NULL DEFAULT 0,
    requested_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT rejudgements_pkey PRIMARY KEY (run_id),
    CONSTRAINT rejudgements_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (run_id)
);

-- What LMS users may do beyond what their tokens say; without an organisation: everywhere.
CREATE TABLE grants (
    grant_id bigint GENERATED ALWAYS AS IDENTITY,
    user_id bigint NOT NULL,
    role text NOT NULL,
    org text,
    granted_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT grants_pkey PRIMARY KEY (grant_id),
    CONSTRAINT grants_user_id_role_org_key UNIQUE NULLS NOT DISTINCT (user_id, role, org),
    CONSTRAINT grants_user_id_check CHECK (user_id >= 1),
    CONSTRAINT grants_role_check CHECK (role IN ('path_manager', 'administrator', 'auditor'))
);

-- Every change that somebody made, in the order of their commits as nearly as a sequence has it. Only ever added to.
CREATE TABLE audit_log (
    audit_id bigint GENERATED ALWAYS AS IDENTITY,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    org text,
    before jsonb,
    after jsonb,
    request_id uuid,
    reason text,
    CONSTRAINT audit_log_pkey PRIMARY KEY (audit_id)
);
CREATE INDEX audit_log_target_idx ON audit_log (target, audit_id);
CREATE INDEX audit_log_org_idx ON audit_log (org, audit_id);

-- Answers to requests that carried an idempotency key, for a day.
CREATE TABLE idempotency_keys (
    actor text NOT NULL,
    key text NOT NULL,
    request_digest bytea NOT NULL,
    answer jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (actor, key)
);
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);

GRANT USAGE ON SEQUENCE edit_versions TO lp_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON drafts, rejudgements, idempotency_keys TO lp_writer;
GRANT SELECT, INSERT, DELETE ON grants TO lp_writer;
GRANT SELECT, INSERT ON audit_log TO lp_writer;
GRANT SELECT ON grants TO lp_reader;
-- What is published never changes.
REVOKE UPDATE ON revisions FROM lp_writer;
