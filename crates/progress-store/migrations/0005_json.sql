-- Written and read whole, never searched: text that is JSON costs half of what jsonb does, both ways.

ALTER TABLE facts ALTER COLUMN state TYPE json USING state::text::json;
ALTER TABLE progress ALTER COLUMN verdict TYPE json USING verdict::text::json;
ALTER TABLE fact_journal ALTER COLUMN value TYPE json USING value::text::json;
