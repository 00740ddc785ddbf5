-- Group roles without login: operators grant them to the users that services connect as. They belong to the
-- whole cluster, so another database may have made them, even at this moment. Who migrates may take them too.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['lp_credentials_writer', 'lp_credentials_reader'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
        END;
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

-- One award a completion, however often and in whatever order events come.
CREATE TABLE awards (
    completion_id uuid CONSTRAINT awards_pkey PRIMARY KEY,
    award_id uuid NOT NULL CONSTRAINT awards_award_id_key UNIQUE, -- UUID v5 of completion_id
    learner_id bigint NOT NULL CONSTRAINT awards_learner_id_check CHECK (learner_id >= 1),
    run_key text NOT NULL,
    path_name text NOT NULL,
    revision int NOT NULL CONSTRAINT awards_revision_check CHECK (revision >= 1),
    attempt int NOT NULL CONSTRAINT awards_attempt_check CHECK (attempt >= 1),
    completed_at timestamptz NOT NULL, -- the date of the fact that completed the path
    grade double precision CONSTRAINT awards_grade_check CHECK (grade BETWEEN 0 AND 1),
    progress double precision NOT NULL CONSTRAINT awards_progress_check CHECK (progress BETWEEN 0 AND 1),
    contexts jsonb NOT NULL CONSTRAINT awards_contexts_check CHECK (jsonb_typeof(contexts) = 'array'),
    told_at timestamptz NOT NULL, -- of the event that said so; with event_id the order of tellings
    event_id uuid NOT NULL,
    status text NOT NULL DEFAULT 'valid' CONSTRAINT awards_status_check CHECK (status IN ('valid', 'revoked')),
    revoked_at timestamptz,
    revocation_reason text,
    supersedes uuid, -- the revoked award (award_id) that this one stands in for
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT awards_revoked_at_check CHECK ((status = 'revoked') = (revoked_at IS NOT NULL))
);

CREATE INDEX awards_learner_id_completed_at_idx ON awards (learner_id, completed_at DESC, award_id DESC);

-- Every revocation told of, also one that came before its completion.
CREATE TABLE revocations (
    completion_id uuid CONSTRAINT revocations_pkey PRIMARY KEY,
    learner_id bigint NOT NULL CONSTRAINT revocations_learner_id_check CHECK (learner_id >= 1),
    revoked_at timestamptz NOT NULL,
    reason text,
    told_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);

-- The only table with personal data: names for certificates. The newest telling wins.
CREATE TABLE award_holders (
    learner_id bigint CONSTRAINT award_holders_pkey PRIMARY KEY,
    username text NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    told_at timestamptz NOT NULL,
    event_id uuid NOT NULL
);

-- As lp-inbox wants them.
CREATE TABLE consumer_offsets (
    topic text NOT NULL,
    partition_id int NOT NULL,
    next_offset bigint NOT NULL,
    epoch bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT consumer_offsets_pkey PRIMARY KEY (topic, partition_id),
    CONSTRAINT consumer_offsets_next_offset_check CHECK (next_offset >= 0)
);

CREATE TABLE quarantined_messages (
    quarantined_message_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT quarantined_messages_pkey PRIMARY KEY,
    topic text NOT NULL,
    partition_id int NOT NULL,
    message_offset bigint NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    key bytea,
    payload bytea,
    headers jsonb NOT NULL,
    quarantined_at timestamptz NOT NULL DEFAULT now(),
    replayed_at timestamptz,
    CONSTRAINT quarantined_messages_position_key UNIQUE (topic, partition_id, message_offset)
);

DO $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO lp_credentials_writer, lp_credentials_reader', current_schema());
END
$$;

GRANT SELECT, INSERT, UPDATE ON awards, revocations, award_holders, consumer_offsets, quarantined_messages
    TO lp_credentials_writer;
-- Retirement and expiry delete.
GRANT DELETE ON award_holders, quarantined_messages TO lp_credentials_writer;

-- No names, and of quarantined messages neither key, payload nor headers.
GRANT SELECT ON awards, revocations, consumer_offsets TO lp_credentials_reader;
GRANT SELECT (
    quarantined_message_id, topic, partition_id, message_offset, reason, quarantined_at, replayed_at
) ON quarantined_messages TO lp_credentials_reader;
