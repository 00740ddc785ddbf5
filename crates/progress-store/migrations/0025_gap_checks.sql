-- Facts held against what the LMS says of the learners of a run, of all or of some.

CREATE TABLE gap_checks (
    check_id uuid NOT NULL,
    run_id bigint NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    sample integer,
    settle_seconds integer NOT NULL,
    healer text,
    actor text NOT NULL,
    reason text,
    outcomes json,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    CONSTRAINT gap_checks_pkey PRIMARY KEY (check_id),
    CONSTRAINT gap_checks_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (run_id),
    CONSTRAINT gap_checks_state_check CHECK (state IN ('waiting', 'running', 'done', 'cancelled')),
    CONSTRAINT gap_checks_ended_at_check CHECK ((state IN ('waiting', 'running')) = (ended_at IS NULL)),
    CONSTRAINT gap_checks_sample_check CHECK (sample > 0),
    CONSTRAINT gap_checks_settle_seconds_check CHECK (settle_seconds >= 0)
);
CREATE INDEX gap_checks_run_id_idx ON gap_checks (run_id, check_id);
CREATE INDEX gap_checks_open_idx ON gap_checks (check_id) WHERE ended_at IS NULL;

-- An account in a course, as long as the check runs; how many ended how stays in `outcomes`.
CREATE TABLE gap_check_pairs (
    learner_id bigint NOT NULL,
    check_id uuid NOT NULL,
    context_key text NOT NULL,
    look_at timestamptz NOT NULL DEFAULT now(),
    failures integer NOT NULL DEFAULT 0,
    doubts json,
    outcome text,
    CONSTRAINT gap_check_pairs_pkey PRIMARY KEY (learner_id, check_id, context_key)
) WITH (fillfactor = 80);
CREATE INDEX gap_check_pairs_waiting_idx ON gap_check_pairs (look_at, check_id, context_key) WHERE outcome IS NULL;
CREATE INDEX gap_check_pairs_check_id_idx ON gap_check_pairs (check_id, outcome);

-- What the LMS says and our facts do not.
CREATE TABLE gap_findings (
    learner_id bigint NOT NULL,
    check_id uuid NOT NULL,
    context_key text NOT NULL,
    kind text NOT NULL,
    held json,
    held_at timestamptz,
    told json NOT NULL,
    seen_at timestamptz NOT NULL,
    outcome text,
    fact_id uuid,
    CONSTRAINT gap_findings_pkey PRIMARY KEY (learner_id, check_id, context_key, kind),
    CONSTRAINT gap_findings_check_id_fkey FOREIGN KEY (check_id) REFERENCES gap_checks (check_id),
    CONSTRAINT gap_findings_held_check CHECK ((held IS NULL) = (held_at IS NULL)),
    CONSTRAINT gap_findings_fact_id_check CHECK ((fact_id IS NOT NULL) = (outcome IS NOT DISTINCT FROM 'healed'))
);
CREATE INDEX gap_findings_check_id_idx ON gap_findings (check_id, learner_id, context_key, kind);

GRANT SELECT, INSERT, UPDATE ON gap_checks, gap_findings TO lp_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON gap_check_pairs TO lp_writer;
GRANT SELECT ON gap_checks, gap_findings TO lp_reader;
