-- Accounts of one person: whose facts count for which other account. Facts keep the account that they are about.
CREATE TABLE learner_merges (
    learner_id bigint NOT NULL,
    survivor_id bigint NOT NULL,
    merged_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT learner_merges_pkey PRIMARY KEY (learner_id),
    CONSTRAINT learner_merges_survivor_id_check CHECK (survivor_id <> learner_id)
);
CREATE INDEX learner_merges_survivor_id_idx ON learner_merges (survivor_id);

GRANT SELECT, INSERT, UPDATE ON learner_merges TO lp_writer;
GRANT SELECT ON learner_merges TO lp_reader;
