-- Messages to be published, written in the transaction that caused them. Each database's own migrations create the same table.

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
