-- Courses of the LMS that learners are to be enrolled in because a job put them into a run.

ALTER TABLE jobs ADD COLUMN into_courses boolean NOT NULL DEFAULT false;

-- One learner in one course, until the LMS has said what became of it.
CREATE TABLE course_enrolments (
    learner_id bigint NOT NULL,
    job_id uuid NOT NULL,
    context_key text NOT NULL,
    run_key text NOT NULL,
    outcome text,
    failures integer NOT NULL DEFAULT 0,
    look_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT course_enrolments_pkey PRIMARY KEY (learner_id, job_id, context_key),
    CONSTRAINT course_enrolments_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs (job_id)
) WITH (fillfactor = 80);
CREATE INDEX course_enrolments_waiting_idx ON course_enrolments (look_at) WHERE outcome IS NULL;
CREATE INDEX course_enrolments_job_id_idx ON course_enrolments (job_id, outcome);

GRANT SELECT, INSERT, UPDATE ON course_enrolments TO lp_writer;
