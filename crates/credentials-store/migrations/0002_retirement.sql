-- Learners whose accounts were retired: a row without names, which no later telling fills again.
ALTER TABLE award_holders
    ADD COLUMN retired_at timestamptz,
    ADD CONSTRAINT award_holders_retired_check CHECK (retired_at IS NULL OR (username, email, name) = ('', '', ''));
