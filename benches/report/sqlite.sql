-- Ninety days of reports, :rows of each kind: thirty nights of maintenance of four hours, in which two of five mails came; some
-- kinds, intents and states are common and some very rare. Read by benches/report.sh, which sets the parameters.
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -524288;
BEGIN;
INSERT INTO mode_change (version, state, message, since_at, until_at, changed_at, changed_by, how)
    WITH RECURSIVE night (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM night WHERE n < 29)
    SELECT 2 * n + 2 + half, CASE half WHEN 0 THEN 'on' ELSE 'off' END, 'Night ' || n, at, NULL, at, 'root', 'schedule'
      FROM (SELECT n, half, :begin + (n * 72 + 20 + 4 * half) * 3600000000 AS at FROM night, (SELECT 0 AS half UNION ALL SELECT 1));
UPDATE mode SET version = 61;

INSERT INTO notification (id, kind, title, class, subject, sender, enqueued_at)
    WITH RECURSIVE row (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM row WHERE i < :rows / 5)
    SELECT printf('00000000-0000-7000-9000-%012x', i), 'several', 'Several kinds', 'paging', 'Hello', 'forge@example.com', :begin FROM row;

INSERT INTO delivery (id, notification_id, place, kind, class, recipient, state, reason, mode_version, enqueued_at, expires_at,
                      size_bytes, suppressed_at, ended_at)
    WITH RECURSIVE row (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM row WHERE i < :rows - 1),
    timed AS (
        -- A fifth of each night's rows had been waiting and was suppressed at once.
        SELECT i, i * 30 / :rows AS night, abs(i * 7919 % 100003) AS die,
               :begin + (i * 30 / :rows * 72 + 20) * 3600000000
                   + max(0, (i * 30 % :rows) * 1.0 / :rows - 0.2) * 18000000000 AS at
          FROM row),
    sorted AS (
        SELECT i, night, die, CAST(at AS INTEGER) AS at, printf('%012x', CAST(at AS INTEGER) / 1000) AS ms,
               CASE WHEN die < 4 THEN 'my_own_kind' WHEN die < 20 THEN 'unlock_instructions'
                    WHEN die < 10000 THEN 'prometheus_alert_fired' WHEN die < 40000 THEN 'confirmation_instructions'
                    ELSE 'reset_password_instructions' END AS kind
          FROM timed)
    SELECT substr(ms, 1, 8) || '-' || substr(ms, 9, 4) || '-7000-8000-' || printf('%012x', i),
           printf('00000000-0000-7000-9000-%012x', i / 5), i % 5, kind,
           CASE kind WHEN 'my_own_kind' THEN 'unclassified' WHEN 'prometheus_alert_fired' THEN 'paging' ELSE 'write_dependent' END,
           CASE kind WHEN 'prometheus_alert_fired' THEN 'oncall@example.com' ELSE 'user' || (i * 31 % 100000) || '@example.com' END,
           'suppressed', 'maintenance', 2 * night + 2, at, at + 432000000000, 1000, at, at
      FROM sorted;

INSERT INTO recipient (id, mail_id, received_at, client, sender, address, address_key, mask, address_hash, intent, verdict, state,
                       reply, reason, mode_version, size_bytes, message_id, content_hash, next_at, ended_at)
    WITH RECURSIVE row (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM row WHERE i < :rows - 1),
    timed AS (
        SELECT i, i * 30 / :rows AS night, i % 5 < 2 AS is_on, abs(i * 7919 % 100003) AS die, (i * 30 % :rows) * 1.0 / :rows AS part
          FROM row),
    sorted AS (
        SELECT i, night, is_on, die,
               :begin + night * 259200000000 + CAST(CASE WHEN is_on THEN 72000000000 + part * 14400000000
                   ELSE part * 259200000000 END AS INTEGER) AS at,
               CASE WHEN die < 2 THEN 'postmaster' WHEN die < 4 THEN 'verify_service_desk' WHEN die < 1000 THEN 'automatic'
                    WHEN die < 4000 THEN 'unsubscribe' WHEN die < 20000 THEN 'create_issue' ELSE 'reply' END AS intent
          FROM timed),
    judged AS (
        SELECT *, printf('%012x', at / 1000) AS ms,
               CASE WHEN intent = 'automatic' THEN 'discard' WHEN NOT is_on OR intent = 'postmaster' THEN 'accept'
                    WHEN intent = 'unsubscribe' THEN 'hold' ELSE 'refuse' END AS verdict
          FROM sorted),
    standing AS (
        SELECT *, CASE WHEN verdict = 'discard' THEN 'discarded' WHEN verdict = 'refuse' THEN 'refused' WHEN die % 20000 = 1234 THEN 'failed'
                       WHEN die % 20000 = 4321 THEN 'cancelled' WHEN i > :rows - 100 THEN 'waiting' ELSE 'handed_over' END AS state
          FROM judged)
    SELECT substr(ms, 1, 8) || '-' || substr(ms, 9, 4) || '-7000-8000-' || printf('%012x', i), printf('00000000-0000-7000-a000-%012x', i),
           at, '192.0.2.1', 'ann@example.com', NULL, NULL, 'incoming+' || (i % 1000) || '…@localhost',
           CASE WHEN i % 20 = 0 THEN :busy WHEN i % 100000 = 7 THEN :quiet ELSE CAST(printf('%032d', i * 2654435761 % 1000003) AS BLOB) END,
           intent, verdict, state, CASE verdict WHEN 'refuse' THEN '550 5.3.2' ELSE '250 2.0.0' END,
           CASE verdict WHEN 'refuse' THEN 'maintenance' END, 2 * night + 1 + is_on, 1000, '<' || i || '@example.com',
           CASE verdict WHEN 'refuse' THEN NULL ELSE CAST(printf('%032d', i * 48271) AS BLOB) END,
           CASE state WHEN 'waiting' THEN at END, CASE WHEN state NOT IN ('waiting', 'failed') THEN at END
      FROM standing;
COMMIT;
