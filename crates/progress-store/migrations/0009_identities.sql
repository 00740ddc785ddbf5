-- Learners whose accounts were retired: the mark by which no later event brings their names back.
ALTER TABLE learners ADD COLUMN retired_at timestamptz;

-- Retirement forgets them.
GRANT DELETE ON learner_profiles TO lp_writer;
