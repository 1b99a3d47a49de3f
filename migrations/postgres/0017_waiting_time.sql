-- The time a delivery waits for the end of the mode does not count against [relay] retry_for. While it waits, retry_left holds what is
-- left of that time, and expires_at only what the application set itself (not_after; NULL: nothing). Rows from before do not tell what was
-- set, so they wait without a limit.
ALTER TABLE delivery ADD COLUMN not_after BIGINT;
ALTER TABLE delivery ADD COLUMN retry_left BIGINT;
CREATE INDEX delivery_stopped ON delivery (id) WHERE retry_left IS NOT NULL;
