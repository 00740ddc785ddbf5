-- Credentials: what is issued for awards, by which definitions, signed by which keys, listed where.

-- Of a key only its public half is in plain words; the other is sealed by a secret that is not in the database.
CREATE TABLE signing_keys (
    public_key text NOT NULL, -- Multikey
    sealed_secret bytea NOT NULL,
    state text NOT NULL DEFAULT 'current',
    made_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    CONSTRAINT signing_keys_pkey PRIMARY KEY (public_key),
    CONSTRAINT signing_keys_state_check CHECK (state IN ('current', 'former', 'compromised')),
    CONSTRAINT signing_keys_ended_at_check CHECK ((state = 'current') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX signing_keys_current_idx ON signing_keys (state) WHERE state = 'current';

-- Pictures of issuers, paths and signatories, by what is in them.
CREATE TABLE images (
    digest bytea NOT NULL,
    media_type text NOT NULL,
    bytes bytea NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT images_pkey PRIMARY KEY (digest),
    CONSTRAINT images_digest_check CHECK (octet_length(digest) = 32),
    CONSTRAINT images_media_type_check CHECK (media_type IN ('image/png', 'image/svg+xml')),
    CONSTRAINT images_bytes_check CHECK (octet_length(bytes) <= 1048576)
);

-- Versions never change: what was issued under one keeps it.
CREATE TABLE issuer_versions (
    org text NOT NULL,
    version integer NOT NULL,
    profile json NOT NULL,
    actor text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT issuer_versions_pkey PRIMARY KEY (org, version),
    CONSTRAINT issuer_versions_version_check CHECK (version >= 1)
);
CREATE TABLE definition_versions (
    subject text NOT NULL, -- a path, `ORG+NUMBER`, or a run's key where it differs
    version integer NOT NULL,
    definition json NOT NULL,
    actor text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT definition_versions_pkey PRIMARY KEY (subject, version),
    CONSTRAINT definition_versions_version_check CHECK (version >= 1)
);

-- Lists of a bit a credential. A credential's place is a permutation of its number in the list.
CREATE TABLE status_lists (
    list_id integer GENERATED ALWAYS AS IDENTITY,
    purpose text NOT NULL,
    taken integer NOT NULL DEFAULT 0,
    document text, -- as it is signed, to be served unchanged
    signed_at timestamptz,
    expires_at timestamptz,
    changed_at timestamptz, -- of the first change that is not signed yet
    CONSTRAINT status_lists_pkey PRIMARY KEY (list_id),
    CONSTRAINT status_lists_purpose_check CHECK (purpose IN ('revocation', 'suspension')),
    CONSTRAINT status_lists_taken_check CHECK (taken BETWEEN 0 AND 131072),
    CONSTRAINT status_lists_document_check CHECK ((document IS NULL) = (signed_at IS NULL) AND (document IS NULL) = (expires_at IS NULL))
);

-- One for an award, or none. Neither names nor documents: these are apart.
CREATE TABLE credentials (
    credential_id uuid NOT NULL, -- a keyed hash of the award's id, so that nobody can guess it
    completion_id uuid NOT NULL,
    learner_id bigint NOT NULL,
    org text NOT NULL,
    run_key text NOT NULL,
    subject text NOT NULL,
    definition_version integer NOT NULL,
    issuer_version integer NOT NULL,
    status text NOT NULL DEFAULT 'valid',
    reason text,
    by_hand text, -- what staff have made of it, whatever its completion is
    status_at timestamptz NOT NULL,
    change integer NOT NULL DEFAULT 1, -- raised by whatever the world is told
    told_change integer NOT NULL DEFAULT 0, -- the last one of which it was
    awarded_at timestamptz NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_until timestamptz,
    revocation_list integer NOT NULL,
    revocation_place integer NOT NULL,
    suspension_list integer,
    suspension_place integer,
    is_shared boolean NOT NULL DEFAULT true,
    shows_name boolean NOT NULL DEFAULT true,
    supersedes uuid,
    issued_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT credentials_pkey PRIMARY KEY (credential_id),
    CONSTRAINT credentials_completion_id_key UNIQUE (completion_id),
    CONSTRAINT credentials_completion_id_fkey FOREIGN KEY (completion_id) REFERENCES awards (completion_id),
    CONSTRAINT credentials_definition_fkey FOREIGN KEY (subject, definition_version)
        REFERENCES definition_versions (subject, version),
    CONSTRAINT credentials_issuer_fkey FOREIGN KEY (org, issuer_version) REFERENCES issuer_versions (org, version),
    CONSTRAINT credentials_revocation_key UNIQUE (revocation_list, revocation_place),
    CONSTRAINT credentials_suspension_key UNIQUE (suspension_list, suspension_place),
    CONSTRAINT credentials_revocation_list_fkey FOREIGN KEY (revocation_list) REFERENCES status_lists (list_id),
    CONSTRAINT credentials_suspension_list_fkey FOREIGN KEY (suspension_list) REFERENCES status_lists (list_id),
    CONSTRAINT credentials_suspension_check CHECK ((suspension_list IS NULL) = (suspension_place IS NULL)),
    CONSTRAINT credentials_status_check CHECK (status IN ('valid', 'suspended', 'revoked', 'withdrawn')),
    CONSTRAINT credentials_by_hand_check CHECK (by_hand IN ('suspended', 'revoked'))
);
CREATE INDEX credentials_learner_id_idx ON credentials (learner_id, awarded_at DESC, credential_id DESC);
CREATE INDEX credentials_run_key_idx ON credentials (run_key, credential_id);
CREATE INDEX credentials_org_idx ON credentials (org, credential_id);
CREATE INDEX credentials_revoked_idx ON credentials (revocation_list, revocation_place) WHERE status IN ('revoked', 'withdrawn');
CREATE INDEX credentials_suspended_idx ON credentials (suspension_list, suspension_place) WHERE status = 'suspended';

-- The signed credential, to be served unchanged; it holds a name. It goes when its learner is retired.
CREATE TABLE credential_documents (
    credential_id uuid NOT NULL,
    document text NOT NULL,
    public_key text NOT NULL,
    signed_at timestamptz NOT NULL,
    CONSTRAINT credential_documents_pkey PRIMARY KEY (credential_id),
    CONSTRAINT credential_documents_credential_id_fkey FOREIGN KEY (credential_id) REFERENCES credentials (credential_id),
    CONSTRAINT credential_documents_public_key_fkey FOREIGN KEY (public_key) REFERENCES signing_keys (public_key)
);
CREATE INDEX credential_documents_public_key_idx ON credential_documents (public_key);

-- Awards that are to be looked at: whether a credential is due, and how it stands.
CREATE TABLE due_awards (
    completion_id uuid NOT NULL,
    due_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT due_awards_pkey PRIMARY KEY (completion_id)
);
CREATE INDEX due_awards_due_at_idx ON due_awards (due_at);
INSERT INTO due_awards (completion_id) SELECT completion_id FROM awards;

-- As lp-outbox wants it.
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
CREATE INDEX outbox_parked_idx ON outbox (partition_key, outbox_id) WHERE parked_at IS NOT NULL;

-- Who changed what. Learners and staff by id alone.
CREATE TABLE audit_log (
    audit_id bigint GENERATED ALWAYS AS IDENTITY,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    org text,
    before jsonb,
    after jsonb,
    request_id uuid,
    reason text,
    CONSTRAINT audit_log_pkey PRIMARY KEY (audit_id)
);
CREATE INDEX audit_log_target_idx ON audit_log (target, audit_id);

GRANT SELECT, INSERT, UPDATE ON signing_keys, status_lists, credentials, outbox TO lp_credentials_writer;
GRANT SELECT, INSERT ON images, issuer_versions, definition_versions, audit_log TO lp_credentials_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON credential_documents, due_awards TO lp_credentials_writer;
GRANT DELETE ON outbox TO lp_credentials_writer;
GRANT SELECT ON images, issuer_versions, definition_versions, status_lists, credentials TO lp_credentials_reader;
GRANT SELECT (public_key, state, made_at, ended_at) ON signing_keys TO lp_credentials_reader;
