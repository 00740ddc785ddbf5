-- Where the consumer stands, what it could not read, and what is to be sent.

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

-- What is to be told to the world, in order, recorded with its cause.
CREATE TABLE outbox (
    outbox_id bigint GENERATED ALWAYS AS IDENTITY,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    topic text NOT NULL,
    event_time timestamptz NOT NULL,
    partition_key bigint NOT NULL,
    body bytea NOT NULL,
    traceparent text,
    attempts integer NOT NULL DEFAULT 0,
    parked_at timestamptz,
    park_reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT outbox_pkey PRIMARY KEY (outbox_id),
    CONSTRAINT outbox_event_id_key UNIQUE (event_id)
);

-- The few parked rows, which hold back later ones of the same key.
CREATE INDEX outbox_parked_idx ON outbox (partition_key, outbox_id) WHERE parked_at IS NOT NULL;
