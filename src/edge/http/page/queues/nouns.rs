//! What queued things are called, and how many there are of them.

use super::thing;
use crate::domain::wording::{counted, listed};
use crate::store::desk::{Group, QueueKind};
use crate::store::sweep::Reach;

/// How many in all.
pub fn total(reached: &[Reach]) -> i64 {
    reached.iter().map(|reach| reach.number).sum()
}

/// How many deliveries and mails.
pub fn sums(reached: &[Reach]) -> [i64; 2] {
    let mut sums = [0, 0];
    reached.iter().for_each(|reach| sums[place(reach.group.queue)] += reach.number);
    sums
}

/// Where a type stands in a pair of numbers.
pub fn place(queue: QueueKind) -> usize {
    match queue {
        QueueKind::Delivery => 0,
        QueueKind::Recipient => 1,
    }
}

/// `3 deliveries and 1 mail`.
pub fn things([deliveries, mails]: [i64; 2]) -> String {
    let both = [counted(deliveries, "delivery", "deliveries"), counted(mails, "mail", "mails")];
    let some: Vec<_> = both.into_iter().zip([deliveries, mails]).filter(|(_, number)| *number > 0).collect();
    listed(&some.into_iter().map(|(words, _)| words).collect::<Vec<_>>())
}

/// A type as the page calls it.
pub fn kind(queue: QueueKind) -> &'static str {
    match queue {
        QueueKind::Delivery => "deliveries",
        QueueKind::Recipient => "mail for the application",
    }
}

/// What the things of a group are called, beside their number.
pub fn noun(group: Group, number: i64) -> String {
    let one = format!("{} {}", group.state, thing(group.queue));
    match (number, group.queue) {
        (1, _) => one,
        (_, QueueKind::Delivery) => format!("{} deliveries", group.state),
        (_, QueueKind::Recipient) => format!("{one}s"),
    }
}
