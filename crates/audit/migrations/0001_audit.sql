-- Who changed what, in the order of their commits as nearly as a sequence has it. Only ever added to. Each database's own migrations create
-- the same table.

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
CREATE INDEX audit_log_org_idx ON audit_log (org, audit_id);
