//! Wiping messages: SQL. Freed pages are overwritten at once; the write-ahead log is scrubbed soon
//! after (`writer/scrub`).

use super::Query;
use crate::domain::id::NotificationId;
use std::collections::BTreeSet;

const WIPE: &str = "UPDATE notification SET raw = NULL
  WHERE id IN (SELECT value FROM json_each($1)) AND raw IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM delivery WHERE notification_id = notification.id AND state IN ('queued', 'sending', 'failed'))";

/// Wipes the messages of those notifications none of whose deliveries needs it any more.
pub(super) fn wipe(notifications: &BTreeSet<NotificationId>) -> Query<'static> {
    sqlx::query(WIPE).bind(serde_json::json!(notifications).to_string())
}
