-- What grows with learners: learner_id comes first in every primary key, so that these tables can be distributed by it.

-- One row a learner: its lock serialises what concerns them, its version is the cursor of ETags and live streams.
CREATE TABLE learners (
    learner_id bigint NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT learners_pkey PRIMARY KEY (learner_id),
    CONSTRAINT learners_learner_id_check CHECK (learner_id >= 1)
);

-- The one table of personal data.
CREATE TABLE learner_profiles (
    learner_id bigint NOT NULL,
    username text NOT NULL,
    email text NOT NULL,
    full_name text NOT NULL,
    is_active boolean NOT NULL,
    told_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    CONSTRAINT learner_profiles_pkey PRIMARY KEY (learner_id)
);

-- Every fact ever told, as it was told. Only ever added to.
CREATE TABLE fact_journal (
    learner_id bigint NOT NULL,
    event_id uuid NOT NULL,
    kind smallint NOT NULL,
    context_key text NOT NULL,
    occurred_at timestamptz NOT NULL,
    value jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT fact_journal_pkey PRIMARY KEY (learner_id, event_id, kind)
);

-- The journal folded by context: what is known now.
CREATE TABLE facts (
    learner_id bigint NOT NULL,
    context_key text NOT NULL,
    state jsonb NOT NULL,
    CONSTRAINT facts_pkey PRIMARY KEY (learner_id, context_key)
) WITH (fillfactor = 80);

CREATE TABLE enrolments (
    learner_id bigint NOT NULL,
    run_id bigint NOT NULL,
    state text NOT NULL,
    attempt integer NOT NULL,
    attempt_started_at timestamptz NOT NULL,
    revision integer NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT enrolments_pkey PRIMARY KEY (learner_id, run_id),
    CONSTRAINT enrolments_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (run_id),
    CONSTRAINT enrolments_state_check CHECK (state IN ('pending', 'active', 'suspended', 'withdrawn', 'ended')),
    CONSTRAINT enrolments_attempt_check CHECK (attempt >= 1)
);
CREATE INDEX enrolments_run_id_idx ON enrolments (run_id, learner_id);

-- When the learner was in; nothing is deleted.
CREATE TABLE enrolment_intervals (
    learner_id bigint NOT NULL,
    run_id bigint NOT NULL,
    opened_at timestamptz NOT NULL,
    attempt integer NOT NULL,
    closed_at timestamptz,
    CONSTRAINT enrolment_intervals_pkey PRIMARY KEY (learner_id, run_id, opened_at)
);

-- The verdict on each enrolment: a pure function of definition, policy, enrolment and facts.
CREATE TABLE progress (
    learner_id bigint NOT NULL,
    run_id bigint NOT NULL,
    revision integer NOT NULL,
    attempt integer NOT NULL,
    achievement smallint NOT NULL,
    progress double precision NOT NULL,
    grade double precision,
    completed_at timestamptz,
    verdict jsonb NOT NULL,
    digest bytea NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT progress_pkey PRIMARY KEY (learner_id, run_id),
    CONSTRAINT progress_achievement_check CHECK (achievement BETWEEN 0 AND 2),
    CONSTRAINT progress_progress_check CHECK (progress BETWEEN 0 AND 1),
    CONSTRAINT progress_grade_check CHECK (grade BETWEEN 0 AND 1),
    CONSTRAINT progress_completed_check CHECK ((achievement = 2) = (progress = 1) AND (achievement = 2) = (completed_at IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX progress_run_id_idx ON progress (run_id, learner_id);

-- What the world was told. Never rebuilt: it cannot be unsaid.
CREATE TABLE completions (
    learner_id bigint NOT NULL,
    run_id bigint NOT NULL,
    attempt integer NOT NULL,
    sequence integer NOT NULL,
    completion_id uuid NOT NULL,
    revision integer NOT NULL,
    completed_at timestamptz NOT NULL,
    state text NOT NULL,
    state_at timestamptz,
    CONSTRAINT completions_pkey PRIMARY KEY (learner_id, run_id, attempt, sequence),
    CONSTRAINT completions_state_check CHECK (state IN ('valid', 'grace', 'under_review', 'revoked')),
    CONSTRAINT completions_state_at_check CHECK ((state = 'valid') = (state_at IS NULL))
);
CREATE INDEX completions_grace_idx ON completions (state_at) WHERE state = 'grace';
