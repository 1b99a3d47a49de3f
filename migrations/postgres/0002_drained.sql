-- When, under this version of the mode, nothing decided before it was under way any more; NULL while something is.
ALTER TABLE mode_change ADD COLUMN drained_at BIGINT;

-- Did an attempt at a blocked delivery end without an answer? Then the relay may have it, and it is never listed as suppressed.
ALTER TABLE delivery ADD COLUMN maybe_sent BIGINT NOT NULL DEFAULT 0 CONSTRAINT maybe_sent_is_no_or_yes CHECK (maybe_sent IN (0, 1));
