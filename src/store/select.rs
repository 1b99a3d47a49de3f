//! Select lists: for each reader of `record`, the columns it reads, shared by all statements that
//! feed it. They are macros, so that `concat!` makes a static text of a statement; the tests of the
//! statements read them too.

/// A row of the report of what the mode kept back, of `delivery d` and `notification n`.
macro_rules! suppressed_columns {
    () => {
        "d.id, d.notification_id, d.kind, n.title, d.class, d.recipient, n.subject, n.reference, d.reason, d.mode_version, d.enqueued_at, d.suppressed_at, CASE WHEN n.raw IS NULL THEN CAST(0 AS bigint) ELSE 1 END AS has_body"
    };
}
pub(crate) use suppressed_columns;

/// A row of the report of incoming mail, of `recipient`.
macro_rules! incoming_columns {
    () => {
        "id, mail_id, received_at, client, sender, mask, intent, verdict, reply, mode_version, state, size_bytes, message_id, reason"
    };
}
pub(crate) use incoming_columns;

/// A delivery in the queue.
macro_rules! queued_delivery_columns {
    () => {
        "'delivery' AS queue, id, state, class, kind AS what, recipient, enqueued_at AS queued_at, attempts, next_at, reason"
    };
}
pub(crate) use queued_delivery_columns;

/// A recipient of incoming mail in the queue.
macro_rules! queued_recipient_columns {
    () => {
        "'recipient' AS queue, id, state, NULL AS class, intent AS what, mask AS recipient, received_at AS queued_at, attempts, next_at, reason"
    };
}
pub(crate) use queued_recipient_columns;

/// A window.
macro_rules! window_columns {
    () => {
        "id, starts_at, ends_at, message, auto_off, state, created_at, created_by, opened_at, opened_version, begun_at, ended_at, ended_by, ended_version"
    };
}
pub(crate) use window_columns;

/// A background job.
macro_rules! job_columns {
    () => {
        "name, next_at, turn, lease_until, paused_at, paused_by, last_started_at, last_ended_at, last_result, last_sentence, last_succeeded_at, failures"
    };
}
pub(crate) use job_columns;

/// A line of the mode's history.
macro_rules! mode_change_columns {
    () => {
        "version, state, message, since_at, until_at, changed_at, changed_by, how, drained_at"
    };
}
pub(crate) use mode_change_columns;

/// An account.
macro_rules! account_columns {
    () => {
        "id AS account_id, name, role, must_change, created_at AS account_created_at, signed_in_at"
    };
}
pub(crate) use account_columns;
