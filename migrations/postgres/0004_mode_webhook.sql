-- What the application was told last about the mode, per webhook, and which process tells it. The URL itself may hold a token:
-- only its hash is kept.
CREATE TABLE mode_webhook (
    url_hash    BYTEA  NOT NULL PRIMARY KEY,
    version     BIGINT NOT NULL DEFAULT 0,
    told_at     BIGINT,
    failures    BIGINT NOT NULL DEFAULT 0,
    reason      TEXT,
    lease       TEXT COLLATE "C",
    lease_until BIGINT,
    CONSTRAINT told_iff_dated CHECK ((version = 0) = (told_at IS NULL)),
    CONSTRAINT failing_iff_reasoned CHECK ((failures = 0) = (reason IS NULL)),
    CONSTRAINT telling_lease_has_an_end CHECK ((lease IS NULL) = (lease_until IS NULL))
);

-- What the process makes of the mode: unknown when it has seen a version that the store does not know any more.
ALTER TABLE node ADD COLUMN mode TEXT NOT NULL DEFAULT 'unknown' CONSTRAINT node_mode_is_a_mode CHECK (mode IN ('off', 'on', 'unknown'));

-- Why a flow stands still: because the other side is read-only, or for any other trouble.
ALTER TABLE pause ADD COLUMN cause TEXT NOT NULL DEFAULT 'trouble' CONSTRAINT cause_is_known CHECK (cause IN ('trouble', 'read_only'));
