-- What time alone changes.

-- A run's dates as they were written, local, with their zone.
ALTER TABLE runs ADD COLUMN schedule jsonb NOT NULL DEFAULT '{}';

-- One row for an enrolment that time changes: how it stood to its dates when it was last judged, how often the world was
-- told so, and when to judge it again.
CREATE TABLE timers (
    learner_id bigint NOT NULL,
    run_id bigint NOT NULL,
    attempt integer NOT NULL,
    status text NOT NULL,
    told integer NOT NULL DEFAULT 0,
    look_at timestamptz,
    CONSTRAINT timers_pkey PRIMARY KEY (learner_id, run_id),
    CONSTRAINT timers_status_check CHECK (status IN ('no_date', 'on_time', 'due_soon', 'overdue', 'closed'))
) WITH (fillfactor = 80);
CREATE INDEX timers_look_at_idx ON timers (look_at) WHERE look_at IS NOT NULL;

-- Times of grace and overrides that end had no row until now: they are judged once and then have theirs.
INSERT INTO timers (learner_id, run_id, attempt, status, look_at)
SELECT e.learner_id, e.run_id, e.attempt, 'no_date', now()
FROM enrolments e
WHERE EXISTS (SELECT FROM completions c WHERE c.learner_id = e.learner_id AND c.run_id = e.run_id AND c.state = 'grace')
    OR EXISTS (
        SELECT FROM facts f
        WHERE f.learner_id = e.learner_id AND f.state #>> '{o,v,u}' IS NOT NULL
    );
DROP INDEX completions_grace_idx;

GRANT SELECT, INSERT, UPDATE ON timers TO lp_writer;
GRANT SELECT ON timers TO lp_reader;
