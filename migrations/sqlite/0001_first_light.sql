-- The whole store of Postern. Ids are UUIDv7 as text, times microseconds since 1970 UTC, hashes SHA-256.
-- Each CHECK is a sentence that is always true.

CREATE TABLE mode (
    id       BIGINT NOT NULL PRIMARY KEY CONSTRAINT there_is_one_mode CHECK (id = 1),
    state    TEXT   NOT NULL CONSTRAINT mode_is_off_or_on CHECK (state IN ('off', 'on')),
    version  BIGINT NOT NULL CONSTRAINT version_counts_from_one CHECK (version >= 1),
    message  TEXT,
    since_at BIGINT NOT NULL,
    until_at BIGINT
);

CREATE TABLE mode_change (
    version    BIGINT NOT NULL PRIMARY KEY,
    state      TEXT   NOT NULL,
    message    TEXT,
    since_at   BIGINT NOT NULL,
    until_at   BIGINT,
    changed_at BIGINT NOT NULL,
    changed_by TEXT   NOT NULL,
    how        TEXT   NOT NULL
);

CREATE TABLE node (
    id      TEXT   NOT NULL PRIMARY KEY,
    name    TEXT   NOT NULL,
    version BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

CREATE TABLE mail (
    id  TEXT NOT NULL PRIMARY KEY,
    raw BLOB NOT NULL
);

CREATE TABLE recipient (
    id           TEXT   NOT NULL PRIMARY KEY,
    mail_id      TEXT   NOT NULL,
    received_at  BIGINT NOT NULL,
    client       TEXT   NOT NULL,
    sender       TEXT,
    address      TEXT,
    address_key  TEXT,
    mask         TEXT   NOT NULL,
    address_hash BLOB   NOT NULL,
    intent       TEXT   NOT NULL,
    verdict      TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    reply        TEXT   NOT NULL,
    reason       TEXT,
    mode_version BIGINT NOT NULL,
    size_bytes   BIGINT,
    message_id   TEXT,
    content_hash BLOB,
    attempts     BIGINT NOT NULL DEFAULT 0,
    next_at      BIGINT,
    lease        TEXT,
    lease_until  BIGINT,
    started_at   BIGINT,
    ended_at     BIGINT,
    CONSTRAINT lease_iff_handing_over CHECK ((state = 'handing_over') = (lease IS NOT NULL AND lease_until IS NOT NULL)),
    CONSTRAINT due_iff_waiting CHECK ((state = 'waiting') = (next_at IS NOT NULL)),
    CONSTRAINT turned_rows_keep_no_address CHECK (verdict NOT IN ('refuse', 'defer') OR (address IS NULL AND address_key IS NULL)),
    CONSTRAINT only_taken_rows_have_content CHECK (content_hash IS NULL OR verdict NOT IN ('refuse', 'defer'))
);
CREATE UNIQUE INDEX recipient_content ON recipient (content_hash) WHERE content_hash IS NOT NULL;
CREATE INDEX recipient_received ON recipient (received_at, id);
CREATE INDEX recipient_address ON recipient (address_hash, received_at, id);
CREATE INDEX recipient_due ON recipient (next_at, id) WHERE state = 'waiting';
CREATE INDEX recipient_open ON recipient (state, received_at, id) WHERE state IN ('waiting', 'handing_over', 'held', 'failed');
CREATE INDEX recipient_leased ON recipient (lease_until) WHERE state = 'handing_over';
CREATE INDEX recipient_mail ON recipient (mail_id) WHERE verdict IN ('accept', 'hold');
CREATE INDEX recipient_ended ON recipient (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE notification (
    id          TEXT   NOT NULL PRIMARY KEY,
    token_id    TEXT,
    kind        TEXT   NOT NULL,
    title       TEXT   NOT NULL,
    class       TEXT   NOT NULL,
    reference   TEXT,
    subject     TEXT,
    sender      TEXT   NOT NULL,
    raw         BLOB,
    enqueued_at BIGINT NOT NULL,
    CONSTRAINT write_dependent_subjects_are_not_kept CHECK (class <> 'write_dependent' OR subject IS NULL)
);
CREATE INDEX notification_body ON notification (enqueued_at) WHERE raw IS NOT NULL;

CREATE TABLE delivery (
    id              TEXT   NOT NULL PRIMARY KEY,
    notification_id TEXT   NOT NULL,
    place           BIGINT NOT NULL,
    kind            TEXT   NOT NULL,
    class           TEXT   NOT NULL,
    recipient       TEXT   NOT NULL,
    state           TEXT   NOT NULL,
    reason          TEXT,
    mode_version    BIGINT NOT NULL,
    enqueued_at     BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    size_bytes      BIGINT NOT NULL,
    attempts        BIGINT NOT NULL DEFAULT 0,
    next_at         BIGINT,
    lease           TEXT,
    lease_until     BIGINT,
    started_at      BIGINT,
    dot_at          BIGINT,
    suppressed_at   BIGINT,
    ended_at        BIGINT,
    CONSTRAINT lease_iff_sending CHECK ((state = 'sending') = (lease IS NOT NULL AND lease_until IS NOT NULL)),
    CONSTRAINT due_iff_queued CHECK ((state = 'queued') = (next_at IS NOT NULL)),
    CONSTRAINT suppressed_iff_dated CHECK ((state = 'suppressed') = (suppressed_at IS NOT NULL)),
    CONSTRAINT only_blocked_classes_are_suppressed CHECK (state <> 'suppressed' OR class IN ('write_dependent', 'paging', 'unclassified'))
);
CREATE INDEX delivery_notification ON delivery (notification_id, place);
CREATE INDEX delivery_due ON delivery (next_at, id) WHERE state = 'queued';
CREATE INDEX delivery_expiring ON delivery (expires_at) WHERE state = 'queued';
CREATE INDEX delivery_blocked ON delivery (id)
    WHERE state IN ('queued', 'sending') AND class IN ('write_dependent', 'paging', 'unclassified');
CREATE INDEX delivery_open ON delivery (state, enqueued_at, id) WHERE state IN ('queued', 'sending', 'failed');
CREATE INDEX delivery_leased ON delivery (lease_until) WHERE state = 'sending';
CREATE INDEX delivery_suppressed ON delivery (suppressed_at, id) WHERE state = 'suppressed';
CREATE INDEX delivery_recipient ON delivery (recipient, suppressed_at, id) WHERE state = 'suppressed';
CREATE INDEX delivery_ended ON delivery (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE attempt (
    item_id    TEXT   NOT NULL,
    number     BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    outcome    TEXT   NOT NULL CONSTRAINT outcome_is_known CHECK (outcome IN ('ok', 'temporary', 'permanent', 'unknown')),
    reply      TEXT   NOT NULL,
    PRIMARY KEY (item_id, number)
);

CREATE TABLE answer (
    token_id    TEXT   NOT NULL,
    key         TEXT   NOT NULL,
    fingerprint BLOB   NOT NULL,
    answer      TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (token_id, key)
);
CREATE INDEX answer_created ON answer (created_at);

CREATE TABLE token (
    id          TEXT   NOT NULL PRIMARY KEY,
    name        TEXT   NOT NULL,
    scope       TEXT   NOT NULL,
    secret_hash BLOB   NOT NULL UNIQUE,
    created_at  BIGINT NOT NULL,
    revoked_at  BIGINT
);
CREATE UNIQUE INDEX token_name ON token (name) WHERE revoked_at IS NULL;

CREATE TABLE account (
    id            TEXT   NOT NULL PRIMARY KEY,
    name          TEXT   NOT NULL UNIQUE,
    password_hash TEXT   NOT NULL,
    created_at    BIGINT NOT NULL
);

CREATE TABLE pause (
    flow     TEXT   NOT NULL PRIMARY KEY CONSTRAINT flow_is_known CHECK (flow IN ('hand_over', 'relay')),
    reason   TEXT   NOT NULL,
    since_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    failures BIGINT NOT NULL
);

-- The first state: off, since the store was made.
INSERT INTO mode (id, state, version, since_at) VALUES (1, 'off', 1, unixepoch() * 1000000);
INSERT INTO mode_change (version, state, since_at, changed_at, changed_by, how)
    SELECT version, state, since_at, since_at, 'postern', 'console' FROM mode;
