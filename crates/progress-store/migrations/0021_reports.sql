-- Reports on runs: counts that are kept, so that none reads a row a learner.

-- What each enrolment adds to its run's counts. Written when that changes, beside what changes it.
CREATE TABLE report_contributions (
    learner_id bigint NOT NULL,
    run_id bigint NOT NULL,
    revision integer NOT NULL,
    enrolled_on date NOT NULL,
    standing smallint NOT NULL,
    started_on date,
    completed_on date,
    last_on date,
    late boolean NOT NULL,
    next_item integer,
    items text NOT NULL,
    CONSTRAINT report_contributions_pkey PRIMARY KEY (learner_id, run_id),
    CONSTRAINT report_contributions_standing_check CHECK (standing BETWEEN 0 AND 3),
    CONSTRAINT report_contributions_completed_on_check CHECK (completed_on IS NULL OR last_on IS NULL)
) WITH (fillfactor = 80);
-- Those at risk of a run, whoever did nothing for longest first.
CREATE INDEX report_contributions_open_idx ON report_contributions (run_id, late, last_on, learner_id) WHERE last_on IS NOT NULL;

-- Learners by what is counted of them (`measure`), a day, and a number: reports sum them up.
CREATE TABLE report_totals (
    run_id bigint NOT NULL,
    measure smallint NOT NULL,
    day date NOT NULL,
    revision integer NOT NULL,
    point integer NOT NULL,
    learners bigint NOT NULL,
    CONSTRAINT report_totals_pkey PRIMARY KEY (run_id, measure, day, revision, point)
) WITH (fillfactor = 70);

-- What is to be added to them: one row a run and batch, so that no batch waits for another. Totals and these together are exact.
CREATE TABLE report_deltas (
    delta_id bigint GENERATED ALWAYS AS IDENTITY,
    run_id bigint NOT NULL,
    measures smallint[] NOT NULL,
    days date[] NOT NULL,
    revisions integer[] NOT NULL,
    points integer[] NOT NULL,
    learners integer[] NOT NULL,
    CONSTRAINT report_deltas_pkey PRIMARY KEY (delta_id)
);
CREATE INDEX report_deltas_run_id_idx ON report_deltas (run_id);

-- Learners who are there already are counted as they are judged anew, some hundred at a time.
INSERT INTO rejudgements (run_id)
SELECT run_id FROM runs WHERE EXISTS (SELECT FROM enrolments e WHERE e.run_id = runs.run_id)
ON CONFLICT (run_id) DO UPDATE SET after_learner_id = 0;

GRANT SELECT, INSERT, UPDATE, DELETE ON report_contributions, report_deltas TO lp_writer;
GRANT SELECT, INSERT, UPDATE ON report_totals TO lp_writer;
GRANT SELECT ON report_contributions, report_totals, report_deltas, rejudgements TO lp_reader;
