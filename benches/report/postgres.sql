-- The same as sqlite.sql, for PostgreSQL.
INSERT INTO mode_change (version, state, message, since_at, until_at, changed_at, changed_by, how)
    SELECT 2 * n + 2 + half, CASE half WHEN 0 THEN 'on' ELSE 'off' END, 'Night ' || n, at, NULL, at, 'root', 'schedule'
      FROM (SELECT n, half, :begin + (n * 72 + 20 + 4 * half) * 3600000000 AS at
              FROM generate_series(0, 29) AS night (n), generate_series(0, 1) AS turn (half)) AS timed;
UPDATE mode SET version = 61;

INSERT INTO notification (id, kind, title, class, subject, sender, enqueued_at)
    SELECT '00000000-0000-7000-9000-' || lpad(to_hex(i), 12, '0'), 'several', 'Several kinds', 'paging', 'Hello', 'forge@example.com', :begin
      FROM generate_series(0, :rows / 5) AS row (i);

INSERT INTO delivery (id, notification_id, place, kind, class, recipient, state, reason, mode_version, enqueued_at, expires_at,
                      size_bytes, suppressed_at, ended_at)
    WITH timed AS (
        -- A fifth of each night's rows had been waiting and was suppressed at once.
        SELECT i, i * 30 / :rows AS night, i * 7919 % 100003 AS die,
               :begin + (i * 30 / :rows * 72 + 20) * 3600000000
                   + (greatest(0, (i * 30 % :rows)::float8 / :rows - 0.2) * 18000000000)::bigint AS at
          FROM generate_series(0::bigint, :rows - 1) AS row (i)),
    sorted AS (
        SELECT i, night, die, at, lpad(to_hex(at / 1000), 12, '0') AS ms,
               CASE WHEN die < 4 THEN 'my_own_kind' WHEN die < 20 THEN 'unlock_instructions'
                    WHEN die < 10000 THEN 'prometheus_alert_fired' WHEN die < 40000 THEN 'confirmation_instructions'
                    ELSE 'reset_password_instructions' END AS kind
          FROM timed)
    SELECT substr(ms, 1, 8) || '-' || substr(ms, 9, 4) || '-7000-8000-' || lpad(to_hex(i), 12, '0'),
           '00000000-0000-7000-9000-' || lpad(to_hex(i / 5), 12, '0'), i % 5, kind,
           CASE kind WHEN 'my_own_kind' THEN 'unclassified' WHEN 'prometheus_alert_fired' THEN 'paging' ELSE 'write_dependent' END,
           CASE kind WHEN 'prometheus_alert_fired' THEN 'oncall@example.com' ELSE 'user' || (i * 31 % 100000) || '@example.com' END,
           'suppressed', 'maintenance', 2 * night + 2, at, at + 432000000000, 1000, at, at
      FROM sorted;

INSERT INTO recipient (id, mail_id, received_at, client, sender, address, address_key, mask, address_hash, intent, verdict, state,
                       reply, reason, mode_version, size_bytes, message_id, content_hash, next_at, ended_at)
    WITH timed AS (
        SELECT i, i * 30 / :rows AS night, i % 5 < 2 AS is_on, i * 7919 % 100003 AS die, (i * 30 % :rows)::float8 / :rows AS part
          FROM generate_series(0::bigint, :rows - 1) AS row (i)),
    sorted AS (
        SELECT i, night, is_on, die,
               :begin + night * 259200000000 + (CASE WHEN is_on THEN 72000000000 + part * 14400000000
                   ELSE part * 259200000000 END)::bigint AS at,
               CASE WHEN die < 2 THEN 'postmaster' WHEN die < 4 THEN 'verify_service_desk' WHEN die < 1000 THEN 'automatic'
                    WHEN die < 4000 THEN 'unsubscribe' WHEN die < 20000 THEN 'create_issue' ELSE 'reply' END AS intent
          FROM timed),
    judged AS (
        SELECT *, lpad(to_hex(at / 1000), 12, '0') AS ms,
               CASE WHEN intent = 'automatic' THEN 'discard' WHEN NOT is_on OR intent = 'postmaster' THEN 'accept'
                    WHEN intent = 'unsubscribe' THEN 'hold' ELSE 'refuse' END AS verdict
          FROM sorted),
    standing AS (
        SELECT *, CASE WHEN verdict = 'discard' THEN 'discarded' WHEN verdict = 'refuse' THEN 'refused' WHEN die % 20000 = 1234 THEN 'failed'
                       WHEN die % 20000 = 4321 THEN 'cancelled' WHEN i > :rows - 100 THEN 'waiting' ELSE 'handed_over' END AS state
          FROM judged)
    SELECT substr(ms, 1, 8) || '-' || substr(ms, 9, 4) || '-7000-8000-' || lpad(to_hex(i), 12, '0'),
           '00000000-0000-7000-a000-' || lpad(to_hex(i), 12, '0'),
           at, '192.0.2.1', 'ann@example.com', NULL, NULL, 'incoming+' || (i % 1000) || '…@localhost',
           CASE WHEN i % 20 = 0 THEN decode(:'busy', 'hex') WHEN i % 100000 = 7 THEN decode(:'quiet', 'hex')
                ELSE lpad((i * 2654435761 % 1000003)::text, 32, '0')::bytea END,
           intent, verdict, state, CASE verdict WHEN 'refuse' THEN '550 5.3.2' ELSE '250 2.0.0' END,
           CASE verdict WHEN 'refuse' THEN 'maintenance' END, 2 * night + 1 + is_on::int, 1000, '<' || i || '@example.com',
           CASE verdict WHEN 'refuse' THEN NULL ELSE lpad((i * 48271)::text, 32, '0')::bytea END,
           CASE state WHEN 'waiting' THEN at END, CASE WHEN state NOT IN ('waiting', 'failed') THEN at END
      FROM standing;
