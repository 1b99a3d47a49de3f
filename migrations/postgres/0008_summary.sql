-- The reports at ten million rows: how many rows there are by hour and by what they are filtered by, and an index for each filter
-- that leads a list. `hour` is hours since 1970 UTC. The counts are kept by triggers, so that no statement can change a row and
-- forget them. A counter that many transactions share would make them wait for each other: here each statement appends what it
-- changed, in sums, and the job `summary_upkeep` folds that into the summary. What is
-- appended is deleted again within seconds: it is vacuumed by count, not by its share of a table that is mostly empty. No CHECK guards a count: mail must not be refused for
-- the sake of a report.

-- Deliveries that have ended, by when. One that is retried is taken out again.
CREATE TABLE delivery_summary (
    state        TEXT   NOT NULL,
    hour         BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    class        TEXT   NOT NULL,
    mode_version BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    PRIMARY KEY (state, hour, kind, class, mode_version)
);
CREATE TABLE delivery_delta (
    state        TEXT   NOT NULL,
    hour         BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    class        TEXT   NOT NULL,
    mode_version BIGINT NOT NULL,
    number       BIGINT NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

-- Recipients, by when they came. What is being handed over counts as waiting, so that a lease changes no count.
CREATE TABLE recipient_summary (
    hour         BIGINT NOT NULL,
    intent       TEXT   NOT NULL,
    verdict      TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    mode_version BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    PRIMARY KEY (hour, intent, verdict, state, mode_version)
);
CREATE TABLE recipient_delta (
    hour         BIGINT NOT NULL,
    intent       TEXT   NOT NULL,
    verdict      TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    mode_version BIGINT NOT NULL,
    number       BIGINT NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

CREATE FUNCTION delivery_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO delivery_delta (state, hour, kind, class, mode_version, number)
    SELECT state, coalesce(suppressed_at, ended_at) / 3600000000, kind, class, mode_version, count(*)
      FROM after WHERE coalesce(suppressed_at, ended_at) IS NOT NULL GROUP BY 1, 2, 3, 4, 5;
    RETURN NULL;
END $$;
CREATE FUNCTION delivery_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO delivery_delta (state, hour, kind, class, mode_version, number)
    SELECT state, hour, kind, class, mode_version, sum(one) FROM (
        SELECT state, coalesce(suppressed_at, ended_at) / 3600000000 AS hour, kind, class, mode_version, 1 AS one
          FROM after WHERE coalesce(suppressed_at, ended_at) IS NOT NULL
         UNION ALL
        SELECT state, coalesce(suppressed_at, ended_at) / 3600000000, kind, class, mode_version, -1
          FROM before WHERE coalesce(suppressed_at, ended_at) IS NOT NULL) AS moved
     GROUP BY 1, 2, 3, 4, 5 HAVING sum(one) <> 0;
    RETURN NULL;
END $$;
CREATE FUNCTION delivery_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO delivery_delta (state, hour, kind, class, mode_version, number)
    SELECT state, coalesce(suppressed_at, ended_at) / 3600000000, kind, class, mode_version, -count(*)
      FROM before WHERE coalesce(suppressed_at, ended_at) IS NOT NULL GROUP BY 1, 2, 3, 4, 5;
    RETURN NULL;
END $$;
CREATE TRIGGER delivery_added AFTER INSERT ON delivery
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION delivery_added();
CREATE TRIGGER delivery_changed AFTER UPDATE ON delivery
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION delivery_changed();
CREATE TRIGGER delivery_deleted AFTER DELETE ON delivery
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION delivery_deleted();

CREATE FUNCTION recipient_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO recipient_delta (hour, intent, verdict, state, mode_version, number)
    SELECT received_at / 3600000000, intent, verdict, replace(state, 'handing_over', 'waiting'), mode_version, count(*)
      FROM after GROUP BY 1, 2, 3, 4, 5;
    RETURN NULL;
END $$;
CREATE FUNCTION recipient_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO recipient_delta (hour, intent, verdict, state, mode_version, number)
    SELECT hour, intent, verdict, state, mode_version, sum(one) FROM (
        SELECT received_at / 3600000000 AS hour, intent, verdict, replace(state, 'handing_over', 'waiting') AS state,
               mode_version, 1 AS one
          FROM after
         UNION ALL
        SELECT received_at / 3600000000, intent, verdict, replace(state, 'handing_over', 'waiting'), mode_version, -1
          FROM before) AS moved
     GROUP BY 1, 2, 3, 4, 5 HAVING sum(one) <> 0;
    RETURN NULL;
END $$;
CREATE FUNCTION recipient_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO recipient_delta (hour, intent, verdict, state, mode_version, number)
    SELECT received_at / 3600000000, intent, verdict, replace(state, 'handing_over', 'waiting'), mode_version, -count(*)
      FROM before GROUP BY 1, 2, 3, 4, 5;
    RETURN NULL;
END $$;
CREATE TRIGGER recipient_added AFTER INSERT ON recipient
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION recipient_added();
CREATE TRIGGER recipient_changed AFTER UPDATE ON recipient
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION recipient_changed();
CREATE TRIGGER recipient_deleted AFTER DELETE ON recipient
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION recipient_deleted();

-- What is there already. The triggers hold the tables until this commits, so nothing is counted twice or forgotten.
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

-- One address may get every alert or all of a Service Desk: its rows are told apart in the index, without reading them. An update
-- makes new entries in every index anyway, so `state` may be in it.
DROP INDEX delivery_recipient;
CREATE INDEX delivery_recipient ON delivery (recipient, suppressed_at, id) INCLUDE (kind, class, mode_version)
    WHERE state = 'suppressed';
DROP INDEX recipient_address;
CREATE INDEX recipient_address ON recipient (address_hash, received_at, id) INCLUDE (intent, verdict, state, mode_version);
