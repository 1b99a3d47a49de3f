-- The reports at ten million rows: how many rows there are by hour and by what they are filtered by, and an index for each filter
-- that leads a list. `hour` is hours since 1970 UTC. The counts are kept by triggers, so that no statement can change a row and
-- forget them. SQLite has one writer, so they are counted on the spot; PostgreSQL, where many write at once, appends what changed
-- and folds it later. No CHECK guards a count: mail must not be refused for the sake of a report.

-- Deliveries that have ended, by when. One that is retried is taken out again.
CREATE TABLE delivery_summary (
    state        TEXT   NOT NULL,
    hour         BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    class        TEXT   NOT NULL,
    mode_version BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    PRIMARY KEY (state, hour, kind, class, mode_version)
) WITHOUT ROWID;
CREATE INDEX delivery_summary_empty ON delivery_summary (hour) WHERE number = 0;

-- Recipients, by when they came. What is being handed over counts as waiting, so that a lease changes no count.
CREATE TABLE recipient_summary (
    hour         BIGINT NOT NULL,
    intent       TEXT   NOT NULL,
    verdict      TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    mode_version BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    PRIMARY KEY (hour, intent, verdict, state, mode_version)
) WITHOUT ROWID;
CREATE INDEX recipient_summary_empty ON recipient_summary (hour) WHERE number = 0;

CREATE TRIGGER delivery_added AFTER INSERT ON delivery WHEN coalesce(NEW.suppressed_at, NEW.ended_at) IS NOT NULL
BEGIN
    INSERT INTO delivery_summary (state, hour, kind, class, mode_version, number)
    VALUES (NEW.state, coalesce(NEW.suppressed_at, NEW.ended_at) / 3600000000, NEW.kind, NEW.class, NEW.mode_version, 1)
    ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER delivery_left AFTER UPDATE ON delivery
    WHEN coalesce(OLD.suppressed_at, OLD.ended_at) IS NOT NULL
BEGIN
    INSERT INTO delivery_summary (state, hour, kind, class, mode_version, number)
    VALUES (OLD.state, coalesce(OLD.suppressed_at, OLD.ended_at) / 3600000000, OLD.kind, OLD.class, OLD.mode_version, -1)
    ON CONFLICT DO UPDATE SET number = number - 1;
END;
CREATE TRIGGER delivery_came AFTER UPDATE ON delivery
    WHEN coalesce(NEW.suppressed_at, NEW.ended_at) IS NOT NULL
BEGIN
    INSERT INTO delivery_summary (state, hour, kind, class, mode_version, number)
    VALUES (NEW.state, coalesce(NEW.suppressed_at, NEW.ended_at) / 3600000000, NEW.kind, NEW.class, NEW.mode_version, 1)
    ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER delivery_deleted AFTER DELETE ON delivery WHEN coalesce(OLD.suppressed_at, OLD.ended_at) IS NOT NULL
BEGIN
    INSERT INTO delivery_summary (state, hour, kind, class, mode_version, number)
    VALUES (OLD.state, coalesce(OLD.suppressed_at, OLD.ended_at) / 3600000000, OLD.kind, OLD.class, OLD.mode_version, -1)
    ON CONFLICT DO UPDATE SET number = number - 1;
END;

CREATE TRIGGER recipient_added AFTER INSERT ON recipient
BEGIN
    INSERT INTO recipient_summary (hour, intent, verdict, state, mode_version, number)
    VALUES (NEW.received_at / 3600000000, NEW.intent, NEW.verdict,
            replace(NEW.state, 'handing_over', 'waiting'), NEW.mode_version, 1)
    ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER recipient_changed AFTER UPDATE OF received_at, intent, verdict, state, mode_version ON recipient
    WHEN (OLD.received_at, OLD.intent, OLD.verdict, OLD.mode_version)
            IS NOT (NEW.received_at, NEW.intent, NEW.verdict, NEW.mode_version)
        OR replace(OLD.state, 'handing_over', 'waiting') <> replace(NEW.state, 'handing_over', 'waiting')
BEGIN
    INSERT INTO recipient_summary (hour, intent, verdict, state, mode_version, number)
    VALUES (OLD.received_at / 3600000000, OLD.intent, OLD.verdict,
            replace(OLD.state, 'handing_over', 'waiting'), OLD.mode_version, -1)
    ON CONFLICT DO UPDATE SET number = number - 1;
    INSERT INTO recipient_summary (hour, intent, verdict, state, mode_version, number)
    VALUES (NEW.received_at / 3600000000, NEW.intent, NEW.verdict,
            replace(NEW.state, 'handing_over', 'waiting'), NEW.mode_version, 1)
    ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER recipient_deleted AFTER DELETE ON recipient
BEGIN
    INSERT INTO recipient_summary (hour, intent, verdict, state, mode_version, number)
    VALUES (OLD.received_at / 3600000000, OLD.intent, OLD.verdict,
            replace(OLD.state, 'handing_over', 'waiting'), OLD.mode_version, -1)
    ON CONFLICT DO UPDATE SET number = number - 1;
END;

-- What is there already.
INSERT INTO delivery_summary (state, hour, kind, class, mode_version, number)
    SELECT state, coalesce(suppressed_at, ended_at) / 3600000000, kind, class, mode_version, count(*)
      FROM delivery WHERE coalesce(suppressed_at, ended_at) IS NOT NULL GROUP BY 1, 2, 3, 4, 5;
INSERT INTO recipient_summary (hour, intent, verdict, state, mode_version, number)
    SELECT received_at / 3600000000, intent, verdict, replace(state, 'handing_over', 'waiting'), mode_version, count(*)
      FROM recipient GROUP BY 1, 2, 3, 4, 5;

-- Lists lead by one of these, newest first; the others filter what is left (store/lead.rs says which leads).
CREATE INDEX delivery_kind ON delivery (kind, suppressed_at, id) WHERE state = 'suppressed';
CREATE INDEX delivery_class ON delivery (class, suppressed_at, id) WHERE state = 'suppressed';
CREATE INDEX delivery_version ON delivery (mode_version, suppressed_at, id) WHERE state = 'suppressed';
CREATE INDEX recipient_intent ON recipient (intent, received_at, id);
CREATE INDEX recipient_verdict ON recipient (verdict, received_at, id);
CREATE INDEX recipient_cancelled ON recipient (received_at, id) WHERE state = 'cancelled';

-- One address may get every alert or all of a Service Desk: its rows are told apart in the index, without reading them. What changes
-- later is not in it: `state` would make every hand-over move an entry.
DROP INDEX delivery_recipient;
CREATE INDEX delivery_recipient ON delivery (recipient, suppressed_at, id, kind, class, mode_version) WHERE state = 'suppressed';
DROP INDEX recipient_address;
CREATE INDEX recipient_address ON recipient (address_hash, received_at, id, intent, verdict, mode_version);
