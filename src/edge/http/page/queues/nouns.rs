//! Names and numbers of queue items.

use super::thing;
use crate::domain::wording::{counted, listed};
use crate::store::desk::{Group, QueueKind};
use crate::store::sweep::Reach;

/// The number of all items.
pub fn total(reached: &[Reach]) -> i64 {
    reached.iter().map(|reach| reach.number).sum()
}

/// The numbers of deliveries and mails.
pub fn sums(reached: &[Reach]) -> [i64; 2] {
    let mut sums = [0, 0];
    reached.iter().for_each(|reach| sums[place(reach.group.queue)] += reach.number);
    sums
}

/// The index of a type in a pair of numbers.
pub fn place(queue: QueueKind) -> usize {
    match queue {
        QueueKind::Delivery => 0,
        QueueKind::Recipient => 1,
    }
}

/// The numbers in words, such as `3 deliveries and 1 mail`.
pub fn things([deliveries, mails]: [i64; 2]) -> String {
    let both = [counted(deliveries, "delivery", "deliveries"), counted(mails, "mail", "mails")];
    let some: Vec<_> = both.into_iter().zip([deliveries, mails]).filter(|(_, number)| *number > 0).collect();
    listed(&some.into_iter().map(|(words, _)| words).collect::<Vec<_>>())
}

/// The name of a type on the page.
pub fn kind(queue: QueueKind) -> &'static str {
    match queue {
        QueueKind::Delivery => "deliveries",
        QueueKind::Recipient => "mail for the application",
    }
}

/// The noun for the items of a group, beside their number.
pub fn noun(group: Group, number: i64) -> String {
    let one = format!("{} {}", group.state, thing(group.queue));
    match (number, group.queue) {
        (1, _) => one,
        (_, QueueKind::Delivery) => format!("{} deliveries", group.state),
        (_, QueueKind::Recipient) => format!("{one}s"),
    }
}
