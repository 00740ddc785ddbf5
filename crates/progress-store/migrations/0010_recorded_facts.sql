-- Facts that staff record: history from before the bus, recognition of prior learning, overrides.

-- A row of a job that records a fact; the other rows change enrolments.
ALTER TABLE job_rows ADD COLUMN fact jsonb;

-- Who vouches for a fact, and why; the fact itself is in the journal like all others.
CREATE TABLE fact_sources (
    learner_id bigint NOT NULL,
    event_id uuid NOT NULL,
    actor text NOT NULL,
    reason text,
    evidence text,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT fact_sources_pkey PRIMARY KEY (learner_id, event_id)
);
GRANT SELECT, INSERT ON fact_sources TO lp_writer;
