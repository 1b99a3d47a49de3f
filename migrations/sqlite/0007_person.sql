-- People: roles, sessions of signed-in browsers, and the brakes on guessing passwords.

-- Until now nobody could choose a password: every one there is was made by the first start, and must be changed.
ALTER TABLE account ADD COLUMN role TEXT NOT NULL DEFAULT 'administrator'
    CONSTRAINT role_is_known CHECK (role IN ('administrator', 'auditor'));
ALTER TABLE account ADD COLUMN must_change BIGINT NOT NULL DEFAULT 1
    CONSTRAINT must_change_is_no_or_yes CHECK (must_change IN (0, 1));
-- Grows when the password changes: a session of an older generation opens nothing, however it came to be kept.
ALTER TABLE account ADD COLUMN generation BIGINT NOT NULL DEFAULT 1;
ALTER TABLE account ADD COLUMN signed_in_at BIGINT;

CREATE TABLE session (
    id          TEXT   NOT NULL PRIMARY KEY,
    account_id  TEXT   NOT NULL,
    generation  BIGINT NOT NULL,
    secret_hash BLOB   NOT NULL UNIQUE,
    client      TEXT   NOT NULL,
    agent       TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    CONSTRAINT a_session_is_seen_within_its_life CHECK (created_at <= seen_at AND seen_at <= expires_at)
);
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_expiry ON session (expires_at);

-- What slows down guessing: how often it failed, for a name, a client or a browser that is known to a name (all hashed).
CREATE TABLE brake (
    subject    BLOB   NOT NULL PRIMARY KEY,
    failures   BIGINT NOT NULL CONSTRAINT failures_are_counted CHECK (failures >= 0),
    free_at    BIGINT NOT NULL,
    kept_until BIGINT NOT NULL
);
CREATE INDEX brake_kept ON brake (kept_until);
