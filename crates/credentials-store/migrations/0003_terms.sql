-- When awards are valid and how they stand, where there is more to say than that they were earned or taken back; kept by
-- itself, as it may come before its completion. The greatest change holds.
CREATE TABLE award_terms (
    completion_id uuid CONSTRAINT award_terms_pkey PRIMARY KEY,
    learner_id bigint NOT NULL CONSTRAINT award_terms_learner_id_check CHECK (learner_id >= 1),
    change int NOT NULL CONSTRAINT award_terms_change_check CHECK (change >= 1),
    period int NOT NULL CONSTRAINT award_terms_period_check CHECK (period >= 1),
    state text NOT NULL
        CONSTRAINT award_terms_state_check CHECK (state IN ('not_yet_valid', 'valid', 'grace', 'under_review', 'expired')),
    valid_from timestamptz NOT NULL,
    expires_at timestamptz,
    renews uuid, -- the completion that this one renews
    recorded_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE ON award_terms TO lp_credentials_writer;
GRANT SELECT ON award_terms TO lp_credentials_reader;
