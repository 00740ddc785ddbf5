-- Course runs of runs of ours that have a rerun by now: what a next run might point to instead.
CREATE TABLE run_proposals (
    run_id bigint NOT NULL,
    replaced_key text NOT NULL,
    context_key text NOT NULL,
    event_id uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    settled_at timestamptz,
    CONSTRAINT run_proposals_pkey PRIMARY KEY (run_id, replaced_key),
    CONSTRAINT run_proposals_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (run_id)
);
GRANT SELECT, INSERT, UPDATE ON run_proposals TO lp_writer;
