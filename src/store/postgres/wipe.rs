//! Wiping messages: SQL. What a wipe leaves behind is overwritten soon after (`tidy`).
//!
//! Two deliveries of one notification may end at the same time, and neither sees the other's end
//! until it is committed. So the notifications are locked by a statement of its own: the one that
//! gets the lock last looks last, and sees both.

use super::Query;
use super::row::ids;
use crate::domain::id::NotificationId;
use std::collections::BTreeSet;

/// In the order of their ids, lest two scripts wait for each other.
const LOCK: &str = "SELECT id FROM notification WHERE id = ANY($1) AND raw IS NOT NULL ORDER BY id FOR UPDATE";
const WIPE: &str = "UPDATE notification SET raw = NULL WHERE id = ANY($1) AND NOT EXISTS (
    SELECT 1 FROM delivery WHERE notification_id = notification.id AND state IN ('queued', 'sending', 'failed'))";

/// Finds and locks those notifications that still have a message.
pub(super) fn lock(notifications: &BTreeSet<NotificationId>) -> Query<'static> {
    let notifications: Vec<_> = notifications.iter().copied().collect();
    sqlx::query(LOCK).bind(ids(&notifications))
}

/// Wipes the messages of those locked notifications none of whose deliveries needs it any more.
pub(super) fn wipe(notifications: &[NotificationId]) -> Query<'static> {
    sqlx::query(WIPE).bind(ids(notifications))
}
