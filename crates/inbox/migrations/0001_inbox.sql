-- What a consumer keeps beside its effects. Each database's own migrations create the same two tables.

CREATE TABLE consumer_offsets (
    topic text NOT NULL,
    partition_id integer NOT NULL,
    next_offset bigint NOT NULL,
    epoch bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT consumer_offsets_pkey PRIMARY KEY (topic, partition_id),
    CONSTRAINT consumer_offsets_next_offset_check CHECK (next_offset >= 0)
);

CREATE TABLE quarantined_messages (
    quarantined_message_id bigint GENERATED ALWAYS AS IDENTITY,
    topic text NOT NULL,
    partition_id integer NOT NULL,
    message_offset bigint NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    key bytea,
    payload bytea,
    headers jsonb NOT NULL,
    quarantined_at timestamptz NOT NULL DEFAULT now(),
    replayed_at timestamptz,
    CONSTRAINT quarantined_messages_pkey PRIMARY KEY (quarantined_message_id),
    CONSTRAINT quarantined_messages_position_key UNIQUE (topic, partition_id, message_offset)
);
