-- How long the award of a completion is valid, what it renews, and what the world was last told of how it stands.

ALTER TABLE completions
    ADD COLUMN period integer NOT NULL DEFAULT 1,
    ADD COLUMN valid_from timestamptz,
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN counted_from timestamptz,
    ADD COLUMN renews uuid,
    ADD COLUMN window_begins timestamptz,
    ADD COLUMN window_ends timestamptz,
    ADD COLUMN award text,
    ADD COLUMN requirement_met boolean NOT NULL DEFAULT true,
    ADD COLUMN changes integer NOT NULL DEFAULT 0;
UPDATE completions
SET valid_from = completed_at, counted_from = completed_at, award = state, requirement_met = (state = 'valid');
ALTER TABLE completions
    ALTER COLUMN valid_from SET NOT NULL,
    ALTER COLUMN counted_from SET NOT NULL,
    ALTER COLUMN award SET NOT NULL,
    DROP CONSTRAINT completions_pkey,
    ADD CONSTRAINT completions_pkey PRIMARY KEY (learner_id, run_id, attempt, period, sequence),
    ADD CONSTRAINT completions_period_check CHECK (period >= 1),
    ADD CONSTRAINT completions_renews_check
        CHECK ((period > 1) = (renews IS NOT NULL) AND (period > 1) = (window_begins IS NOT NULL)
            AND (period > 1) = (window_ends IS NOT NULL)),
    ADD CONSTRAINT completions_award_check
        CHECK (award IN ('not_yet_valid', 'valid', 'grace', 'under_review', 'expired', 'revoked'));
