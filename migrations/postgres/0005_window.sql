-- Windows: maintenance planned ahead. `window` is a reserved word of SQL, hence the longer name.
-- A window is scheduled, then open, then ended; or it was cancelled, or missed because nobody was there to open it.
CREATE TABLE maintenance_window (
    id             TEXT   NOT NULL PRIMARY KEY,
    starts_at      BIGINT NOT NULL,
    ends_at        BIGINT NOT NULL,
    message        TEXT,
    auto_off       BIGINT NOT NULL CONSTRAINT auto_off_is_no_or_yes CHECK (auto_off IN (0, 1)),
    state          TEXT   NOT NULL CONSTRAINT window_state_is_known CHECK (state IN ('scheduled', 'open', 'ended', 'cancelled', 'missed')),
    created_at     BIGINT NOT NULL,
    created_by     TEXT   NOT NULL,
    opened_at      BIGINT,
    opened_version BIGINT,
    -- Since when the mode is on by windows alone; NULL when a person had turned it on, who then turns it off.
    begun_at       BIGINT,
    ended_at       BIGINT,
    ended_by       TEXT,
    -- The version of the mode that went off with it.
    ended_version  BIGINT,
    CONSTRAINT a_window_ends_after_its_start CHECK (starts_at < ends_at),
    CONSTRAINT opened_iff_under_a_version CHECK ((opened_at IS NULL) = (opened_version IS NULL)),
    CONSTRAINT open_and_ended_windows_were_opened CHECK (state NOT IN ('open', 'ended') OR opened_at IS NOT NULL),
    CONSTRAINT scheduled_and_missed_windows_were_not CHECK (state NOT IN ('scheduled', 'missed') OR opened_at IS NULL),
    CONSTRAINT a_window_is_over_iff_dated CHECK ((state IN ('scheduled', 'open')) = (ended_at IS NULL))
);
CREATE INDEX maintenance_window_starts ON maintenance_window (starts_at, id);
CREATE INDEX maintenance_window_standing ON maintenance_window (starts_at, id) WHERE state IN ('scheduled', 'open');
CREATE INDEX maintenance_window_opened ON maintenance_window (opened_version) WHERE opened_version IS NOT NULL;
CREATE INDEX maintenance_window_ended ON maintenance_window (ended_version) WHERE ended_version IS NOT NULL;
