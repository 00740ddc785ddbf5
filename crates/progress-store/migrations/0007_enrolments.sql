-- Enrolments as administrators make them: people without an account, and jobs for many people at once.

-- How often it was changed: what tells one event about it from the next.
ALTER TABLE enrolments ADD COLUMN changes integer NOT NULL DEFAULT 1;

-- Learners looked up by what people know of them. Usernames and e-mails are compared without case, as the LMS does.
CREATE INDEX learner_profiles_username_idx ON learner_profiles (lower(username));
CREATE INDEX learner_profiles_email_idx ON learner_profiles (lower(email));

-- People who are to be enrolled once they have an account. What they are known by is kept as a keyed hash.
CREATE TABLE invitations (
    invitation_id uuid NOT NULL,
    run_id bigint NOT NULL,
    claim bytea NOT NULL,
    known_by text NOT NULL,
    state text NOT NULL DEFAULT 'open',
    learner_id bigint,
    invited_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    CONSTRAINT invitations_pkey PRIMARY KEY (invitation_id),
    CONSTRAINT invitations_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (run_id),
    CONSTRAINT invitations_known_by_check CHECK (known_by IN ('email', 'external_key')),
    CONSTRAINT invitations_state_check CHECK (state IN ('open', 'claimed', 'withdrawn')),
    CONSTRAINT invitations_ended_at_check CHECK ((state = 'open') = (ended_at IS NULL)),
    CONSTRAINT invitations_learner_id_check CHECK ((state = 'claimed') = (learner_id IS NOT NULL))
);
CREATE UNIQUE INDEX invitations_open_idx ON invitations (claim, run_id) WHERE state = 'open';
CREATE INDEX invitations_run_id_idx ON invitations (run_id, invitation_id);

-- What others call a learner: a student number of the registrar, an id of the identity provider; as a keyed hash too.
CREATE TABLE external_keys (
    claim bytea NOT NULL,
    learner_id bigint NOT NULL,
    linked_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT external_keys_pkey PRIMARY KEY (claim)
);
CREATE INDEX external_keys_learner_id_idx ON external_keys (learner_id);

-- The daily look for profiles whose claims nobody noticed: how far it has come.
CREATE TABLE claim_sweep (
    only_row boolean NOT NULL DEFAULT true,
    after_learner_id bigint NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT claim_sweep_pkey PRIMARY KEY (only_row),
    CONSTRAINT claim_sweep_only_row_check CHECK (only_row)
);
INSERT INTO claim_sweep DEFAULT VALUES;

-- Changes of many enrolments, done row by row whatever crashes.
CREATE TABLE jobs (
    job_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    dry_run boolean NOT NULL,
    actor text NOT NULL,
    request_id uuid,
    reason text,
    orgs text[] NOT NULL,
    total_rows integer NOT NULL,
    done_rows integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    turn_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    CONSTRAINT jobs_pkey PRIMARY KEY (job_id),
    CONSTRAINT jobs_state_check CHECK (state IN ('waiting', 'running', 'done', 'cancelled')),
    CONSTRAINT jobs_rows_check CHECK (done_rows BETWEEN 0 AND total_rows),
    CONSTRAINT jobs_ended_at_check CHECK ((state IN ('waiting', 'running')) = (ended_at IS NULL))
);
CREATE INDEX jobs_turn_idx ON jobs (turn_at) WHERE state IN ('waiting', 'running');

-- One row each. What a person was known by is forgotten as soon as the row is done.
CREATE TABLE job_rows (
    job_id uuid NOT NULL,
    row_number integer NOT NULL,
    run_key text,
    action text,
    user_id bigint,
    username text,
    email text,
    external_key text,
    outcome text,
    detail text,
    learner_id bigint,
    invitation_id uuid,
    CONSTRAINT job_rows_pkey PRIMARY KEY (job_id, row_number),
    CONSTRAINT job_rows_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs (job_id)
) WITH (fillfactor = 60);

GRANT SELECT, INSERT, UPDATE ON invitations, external_keys, claim_sweep, jobs, job_rows TO lp_writer;
GRANT DELETE ON external_keys TO lp_writer;
