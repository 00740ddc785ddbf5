-- What managers and operators read. Whoever may see names reads rosters in a role of its own: it sees the names, and what else
-- a roster is made of, and nothing more. No login gets it by migrating: names are shown where an operator grants it.
DO $$
BEGIN
    CREATE ROLE lp_names_reader NOLOGIN;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

DO $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO lp_names_reader', current_schema());
END
$$;

GRANT SELECT (learner_id, username, email, full_name) ON learner_profiles TO lp_names_reader;
GRANT SELECT ON
    revisions, fact_journal, learner_merges, enrolments, enrolment_intervals, progress, completions
    TO lp_names_reader;

-- The health of consumers: places, counts and times, no content.
GRANT SELECT ON consumer_offsets TO lp_reader;
GRANT SELECT (topic, reason, quarantined_at, replayed_at) ON quarantined_messages TO lp_reader;
GRANT SELECT (created_at, parked_at) ON outbox TO lp_reader;
