-- Awards that staff give, without a completion.
ALTER TABLE awards ADD COLUMN by_hand boolean NOT NULL DEFAULT false;

-- Changes of many credentials of one organisation. Rows hold ids alone, and are kept.
CREATE TABLE credential_jobs (
    job_id uuid NOT NULL,
    action text NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    dry_run boolean NOT NULL,
    actor text NOT NULL,
    request_id uuid,
    reason text NOT NULL,
    org text NOT NULL,
    idempotency_key text, -- with the actor: the same request again is the same job
    request_digest bytea NOT NULL,
    total_rows integer NOT NULL DEFAULT 0,
    done_rows integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    turn_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    CONSTRAINT credential_jobs_pkey PRIMARY KEY (job_id),
    CONSTRAINT credential_jobs_idempotency_key UNIQUE (actor, idempotency_key),
    CONSTRAINT credential_jobs_action_check CHECK (action IN ('issue', 'revoke', 'suspend', 'reinstate', 'reissue')),
    CONSTRAINT credential_jobs_state_check CHECK (state IN ('waiting', 'running', 'done', 'cancelled')),
    CONSTRAINT credential_jobs_rows_check CHECK (done_rows BETWEEN 0 AND total_rows),
    CONSTRAINT credential_jobs_ended_at_check CHECK ((state IN ('waiting', 'running')) = (ended_at IS NULL))
);
CREATE INDEX credential_jobs_turn_idx ON credential_jobs (turn_at) WHERE state IN ('waiting', 'running');

-- Written with their job, in one transaction; no job is ever deleted.
CREATE TABLE credential_job_rows (
    job_id uuid NOT NULL,
    row_number integer NOT NULL,
    credential_id uuid, -- of what is changed
    learner_id bigint, -- of what is issued, as all that follow
    run_key text,
    revision integer,
    awarded_at timestamptz,
    grade double precision,
    award_id uuid, -- what was made of it
    outcome text,
    detail text,
    CONSTRAINT credential_job_rows_pkey PRIMARY KEY (job_id, row_number),
    CONSTRAINT credential_job_rows_outcome_check CHECK (outcome IN ('done', 'unchanged', 'refused')),
    CONSTRAINT credential_job_rows_wish_check CHECK (
        (credential_id IS NULL) = (learner_id IS NOT NULL) AND (learner_id IS NULL) = (run_key IS NULL)
        AND (learner_id IS NULL) = (revision IS NULL) AND (learner_id IS NULL) = (awarded_at IS NULL)
    )
) WITH (fillfactor = 60);

-- The log is read by organisation, too.
CREATE INDEX audit_log_org_idx ON audit_log (org, audit_id);

GRANT SELECT, INSERT, UPDATE ON credential_jobs, credential_job_rows TO lp_credentials_writer;
GRANT SELECT ON credential_jobs, credential_job_rows TO lp_credentials_reader;
