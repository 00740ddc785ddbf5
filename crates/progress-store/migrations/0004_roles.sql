-- Two group roles: services log in as members of one of them. Roles belong to the whole cluster, so they may be there.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['lp_writer', 'lp_reader'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
        END;
        -- So that the login that migrates can act as either.
        IF NOT current_setting('is_superuser')::boolean THEN
            BEGIN
                EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
            EXCEPTION
                WHEN insufficient_privilege OR unique_violation THEN NULL;
            END;
        END IF;
    END LOOP;
END
$$;

DO $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO lp_writer, lp_reader', current_schema());
END
$$;

GRANT SELECT, INSERT, UPDATE ON
    paths, runs, revisions, catalogue_version, contexts,
    learners, learner_profiles, facts, enrolments, enrolment_intervals, progress, completions,
    consumer_offsets, quarantined_messages
    TO lp_writer;
GRANT SELECT, INSERT ON fact_journal TO lp_writer;
GRANT DELETE ON facts, progress, quarantined_messages TO lp_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO lp_writer;

-- The reader sees projections; neither personal data, nor raw messages, nor what is about to be sent.
GRANT SELECT ON
    paths, runs, revisions, catalogue_version, contexts,
    learners, fact_journal, facts, enrolments, enrolment_intervals, progress, completions
    TO lp_reader;
