-- Courses and other contexts that are gone at their source: no event tells of it, people do. What learners did there stays.
CREATE TABLE unavailable_contexts (
    context_key text NOT NULL,
    org text,
    reason text NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT unavailable_contexts_pkey PRIMARY KEY (context_key)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON unavailable_contexts TO lp_writer;
GRANT SELECT ON unavailable_contexts TO lp_reader;
