-- Background jobs: when each runs, what came of its last turn, and whether somebody paused it. The number of its turn is what
-- settling must show: whoever began a later one has a greater number.
CREATE TABLE job (
    name              TEXT   NOT NULL PRIMARY KEY,
    next_at           BIGINT NOT NULL,
    turn              BIGINT NOT NULL DEFAULT 0 CONSTRAINT turns_count_from_zero CHECK (turn >= 0),
    lease_until       BIGINT,
    paused_at         BIGINT,
    paused_by         TEXT,
    last_started_at   BIGINT,
    last_ended_at     BIGINT,
    last_result       TEXT CONSTRAINT job_result_is_known CHECK (last_result IN ('ok', 'failed')),
    last_sentence     TEXT,
    last_succeeded_at BIGINT,
    failures          BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT paused_iff_by_somebody CHECK ((paused_at IS NULL) = (paused_by IS NULL)),
    CONSTRAINT only_begun_turns_are_leased CHECK (lease_until IS NULL OR turn > 0),
    CONSTRAINT result_iff_ended CHECK ((last_ended_at IS NULL) = (last_result IS NULL)),
    CONSTRAINT failures_iff_failed CHECK ((failures > 0) = (coalesce(last_result, 'ok') = 'failed'))
);

-- Each is due at once.
INSERT INTO job (name, next_at) VALUES ('retention', 0), ('dedup_expiry', 0), ('window_keeper', 0), ('summary_upkeep', 0);

-- The oldest contents that still count as known, for forgetting them.
CREATE INDEX recipient_known ON recipient (received_at) WHERE content_hash IS NOT NULL;
