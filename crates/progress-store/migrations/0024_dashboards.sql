-- What dashboards over the database read: counts a run, a day, an item, from those that reports keep, never a row a learner. In a role
-- of its own that sees these views and nothing else; no login gets it by migrating.
DO $$
BEGIN
    CREATE ROLE lp_dashboard NOLOGIN;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

DO $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO lp_dashboard', current_schema());
END
$$;

-- Counts of fewer learners than these are not shown; an operator may raise it, as `LP_REPORT_MIN_GROUP` is for reports.
CREATE TABLE dashboard_settings (
    only_row boolean NOT NULL DEFAULT true,
    min_group integer NOT NULL,
    CONSTRAINT dashboard_settings_pkey PRIMARY KEY (only_row),
    CONSTRAINT dashboard_settings_only_row_check CHECK (only_row),
    CONSTRAINT dashboard_settings_min_group_check CHECK (min_group >= 0)
);
INSERT INTO dashboard_settings (min_group) VALUES (0);

CREATE FUNCTION dashboard_shown(learners bigint, min_group integer) RETURNS bigint LANGUAGE sql IMMUTABLE
RETURN CASE WHEN learners > 0 AND learners < min_group THEN NULL ELSE coalesce(learners, 0) END;

-- All counts: totals, and what is to be added to them.
CREATE VIEW report_counts AS
    SELECT run_id, measure, day, revision, point, learners FROM report_totals
    UNION ALL
    SELECT d.run_id, n.measure, n.day, n.revision, n.point, n.learners::bigint
    FROM report_deltas d, unnest(d.measures, d.days, d.revisions, d.points, d.learners)
         AS n (measure, day, revision, point, learners);

-- A row a run. Days to complete are whole ones: the first within which a quarter, half, three quarters of those who completed had done so.
CREATE VIEW dashboard_runs AS
    SELECT p.org, p.number AS path_number, p.title, r.run_key, r.archived_at IS NOT NULL AS archived,
           dashboard_shown(c.enrolled, s.min_group) AS enrolled, dashboard_shown(c.active, s.min_group) AS active,
           dashboard_shown(c.started, s.min_group) AS started, dashboard_shown(c.completed, s.min_group) AS completed,
           dashboard_shown(c.completed, s.min_group)::double precision
               / nullif(dashboard_shown(c.enrolled, s.min_group), 0) AS completion_rate,
           dashboard_shown(c.open, s.min_group) AS open, dashboard_shown(c.late, s.min_group) AS late,
           dashboard_shown(c.inactive, s.min_group) AS inactive_for_14_days,
           CASE WHEN dashboard_shown(c.completed, s.min_group) > 0 THEN d.lower_quartile END AS days_lower_quartile,
           CASE WHEN dashboard_shown(c.completed, s.min_group) > 0 THEN d.median END AS days_median,
           CASE WHEN dashboard_shown(c.completed, s.min_group) > 0 THEN d.upper_quartile END AS days_upper_quartile
    FROM runs r
    JOIN paths p USING (path_id)
    CROSS JOIN dashboard_settings s
    CROSS JOIN LATERAL (
        SELECT sum(learners) FILTER (WHERE measure = 0)::bigint AS enrolled,
               sum(learners) FILTER (WHERE measure = 0 AND point = 0)::bigint AS active,
               sum(learners) FILTER (WHERE measure = 1)::bigint AS started,
               sum(learners) FILTER (WHERE measure = 4)::bigint AS completed,
               sum(learners) FILTER (WHERE measure = 8)::bigint AS open,
               sum(learners) FILTER (WHERE measure = 8 AND point = 1)::bigint AS late,
               sum(learners) FILTER (WHERE measure = 8 AND day <= (now() AT TIME ZONE 'UTC')::date - 14)::bigint AS inactive
        FROM report_counts WHERE run_id = r.run_id
    ) c
    CROSS JOIN LATERAL (
        SELECT min(days) FILTER (WHERE upto >= 0.25 * total) AS lower_quartile,
               min(days) FILTER (WHERE upto >= 0.5 * total) AS median,
               min(days) FILTER (WHERE upto >= 0.75 * total) AS upper_quartile
        FROM (
            SELECT point AS days, sum(sum(learners)) OVER (ORDER BY point) AS upto, sum(sum(learners)) OVER () AS total
            FROM report_counts WHERE run_id = r.run_id AND measure = 4 GROUP BY point
        ) h
    ) d;

-- A row a run and day (of UTC): who was enrolled, began, and completed on it.
CREATE VIEW dashboard_days AS
    SELECT p.org, p.title, r.run_key, c.day::timestamp AT TIME ZONE 'UTC' AS "time",
           dashboard_shown(c.enrolled, s.min_group) AS enrolled, dashboard_shown(c.started, s.min_group) AS started,
           dashboard_shown(c.completed, s.min_group) AS completed
    FROM runs r
    JOIN paths p USING (path_id)
    CROSS JOIN dashboard_settings s
    CROSS JOIN LATERAL (
        SELECT day, sum(learners) FILTER (WHERE measure = 0)::bigint AS enrolled,
               sum(learners) FILTER (WHERE measure = 2)::bigint AS started,
               sum(learners) FILTER (WHERE measure = 3)::bigint AS completed
        FROM report_counts WHERE run_id = r.run_id AND measure IN (0, 2, 3) GROUP BY day
    ) c;

-- A row an item of a run's latest revision: who began it, completed it, and comes to it next.
CREATE VIEW dashboard_items AS
    SELECT p.org, r.run_key, i.place, i.item ->> 'id' AS item_id, coalesce(i.item ->> 'title', i.item ->> 'key') AS title,
           dashboard_shown(c.started, s.min_group) AS started, dashboard_shown(c.completed, s.min_group) AS completed,
           dashboard_shown(c.waiting, s.min_group) AS waiting
    FROM runs r
    JOIN paths p USING (path_id)
    JOIN revisions v ON v.run_id = r.run_id AND v.revision = r.latest_revision
    CROSS JOIN dashboard_settings s
    CROSS JOIN LATERAL jsonb_array_elements(v.definition -> 'items') WITH ORDINALITY AS i (item, place)
    CROSS JOIN LATERAL (
        SELECT sum(learners) FILTER (WHERE measure = 5)::bigint AS started,
               sum(learners) FILTER (WHERE measure = 6)::bigint AS completed,
               sum(learners) FILTER (WHERE measure = 7)::bigint AS waiting
        FROM report_counts
        WHERE run_id = r.run_id AND revision = v.revision AND measure IN (5, 6, 7) AND point = i.place - 1
    ) c;

GRANT SELECT ON dashboard_runs, dashboard_days, dashboard_items TO lp_dashboard;
