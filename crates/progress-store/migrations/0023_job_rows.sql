-- Rows are written with their job, in one transaction, and no job is ever deleted: looking the job up again for each of
-- 100,000 rows takes longer than it takes to write them.
ALTER TABLE job_rows DROP CONSTRAINT job_rows_job_id_fkey;
