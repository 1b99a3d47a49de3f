//! What a store should remember of mails and deliveries, in as few words as possible.

use super::{AFTER, End};
use crate::domain::id::{Lease, MailId, NotificationId};
use crate::domain::mail::Intent;
use crate::domain::mode::{State, Version};
use crate::domain::notification::Class;
use crate::store::claim::{Claim, LEASE};
use crate::store::drain::Left;
use crate::store::mail::HandOver;
use crate::store::notification::Sending;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use std::collections::BTreeMap;

/// Where something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It waits, until this second at least.
    Waiting(i64),
    /// It is kept for the end of the mode.
    Held,
    /// A worker has it, until this second.
    Leased(Lease, i64),
    /// It is over.
    Over,
}

#[derive(Debug)]
pub struct Mail {
    intent: Intent,
    version: Version,
    received: i64,
    place: Place,
}

#[derive(Debug)]
struct Delivery {
    class: Class,
    place: Place,
    /// Is its message being written under this lease?
    past_dot: bool,
    /// Did a try end without an answer?
    maybe_sent: bool,
}

#[derive(Debug)]
pub struct Model {
    waits: bool,
    is_on: bool,
    pub version: Version,
    /// The first version of the maintenance that is on.
    began: Version,
    drained: BTreeMap<Version, i64>,
    pub mails: BTreeMap<MailId, Mail>,
    /// By their notifications, which have one each.
    deliveries: BTreeMap<NotificationId, Delivery>,
}

type Checked = Result<(), TestCaseError>;

fn until(now: i64) -> i64 {
    now + i64::try_from(LEASE.as_secs()).unwrap()
}

fn is_suppressed(class: Class) -> bool {
    matches!(class, Class::WriteDependent | Class::Paging)
}

impl Model {
    pub fn new(waits: bool) -> Self {
        let (drained, mails, deliveries) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { waits, is_on: false, version: Version(1), began: Version::NONE, drained, mails, deliveries }
    }

    /// Is it taken?
    pub fn offer(&mut self, mail: MailId, intent: Intent, now: i64) -> bool {
        let place = match (intent, self.is_on) {
            (Intent::Reply, true) => return false,
            (Intent::Unsubscribe, true) => Place::Held,
            _ => Place::Waiting(now),
        };
        self.mails.insert(mail, Mail { intent, version: self.version, received: now, place });
        true
    }

    pub fn enqueue(&mut self, notification: NotificationId, class: Class) {
        let place = if self.is_on && is_suppressed(class) { Place::Over } else { Place::Waiting(0) };
        self.deliveries.insert(notification, Delivery { class, place, past_dot: false, maybe_sent: false });
    }

    pub fn turn(&mut self, state: State, now: i64) {
        if self.is_on == (state == State::On) {
            return;
        }
        self.is_on = !self.is_on;
        self.version = self.version.next();
        if self.is_on {
            self.began = self.version;
            self.keep_back();
        } else {
            for mail in self.mails.values_mut().filter(|mail| mail.place == Place::Held) {
                mail.place = Place::Waiting(now.min(mail.received));
            }
        }
    }

    pub fn reword(&mut self) {
        self.version = self.version.next();
        if self.is_on {
            self.keep_back();
        }
    }

    /// What a change to *on* does: it suppresses, and takes back claims of what waits.
    fn keep_back(&mut self) {
        self.suppress();
        for delivery in self.deliveries.values_mut() {
            let is_claimed = matches!(delivery.place, Place::Leased(..)) && !delivery.past_dot;
            if is_claimed && delivery.class == Class::Unclassified {
                delivery.place = Place::Waiting(0);
            }
        }
    }

    fn suppress(&mut self) {
        for delivery in self.deliveries.values_mut() {
            let is_open = matches!(delivery.place, Place::Waiting(_) | Place::Leased(..));
            if is_open && is_suppressed(delivery.class) && !delivery.past_dot && !delivery.maybe_sent {
                delivery.place = Place::Over;
            }
        }
    }

    /// Whether this maintenance itself accepted it. It is mail for a person then: what writes was
    /// refused or is held.
    fn lets_in(&self, mail: &Mail) -> bool {
        self.is_on && mail.version >= self.began
    }

    /// The same for a claim.
    pub fn lets_in_claimed(&self, claim: &Claim<HandOver>) -> bool {
        self.lets_in(&self.mails[&claim.item.mail_id])
    }

    fn is_offered(&self, mail: &Mail) -> bool {
        !self.is_on || !self.waits || mail.intent == Intent::Postmaster
    }

    pub fn claim_mails(&mut self, claims: &[Claim<HandOver>], now: i64) -> Checked {
        for mail in self.mails.values_mut() {
            if matches!(mail.place, Place::Leased(_, until) if until < now) {
                mail.place = Place::Waiting(mail.received);
            }
        }
        let is_due = |mail: &&Mail| matches!(mail.place, Place::Waiting(due) if due <= now) && self.is_offered(mail);
        prop_assert_eq!(claims.len(), self.mails.values().filter(is_due).count().min(2));
        for claim in claims {
            prop_assert!(is_due(&&self.mails[&claim.item.mail_id]), "claimed what must wait");
        }
        for claim in claims {
            self.mails.get_mut(&claim.item.mail_id).unwrap().place = Place::Leased(claim.lease, until(now));
        }
        Ok(())
    }

    pub fn claim_deliveries(&mut self, claims: &[Claim<Sending>], now: i64) -> Checked {
        for delivery in self.deliveries.values_mut() {
            if matches!(delivery.place, Place::Leased(_, until) if until < now) {
                delivery.place = Place::Waiting(now);
                delivery.maybe_sent |= std::mem::take(&mut delivery.past_dot);
            }
        }
        if self.is_on {
            self.suppress();
        }
        let may_go = |delivery: &&Delivery| !self.is_on || delivery.class == Class::Ordinary;
        let is_due = |one: &&Delivery| matches!(one.place, Place::Waiting(due) if due <= now) && may_go(one);
        prop_assert_eq!(claims.len(), self.deliveries.values().filter(is_due).count().min(2));
        for claim in claims {
            prop_assert!(is_due(&&self.deliveries[&claim.item.notification_id]), "claimed what must wait");
        }
        for claim in claims {
            let delivery = self.deliveries.get_mut(&claim.item.notification_id).unwrap();
            delivery.place = Place::Leased(claim.lease, until(now));
        }
        Ok(())
    }

    /// The delivery of a claim, when the claim still holds.
    fn held(&mut self, claim: &Claim<Sending>) -> Option<&mut Delivery> {
        let delivery = self.deliveries.get_mut(&claim.item.notification_id).unwrap();
        matches!(delivery.place, Place::Leased(lease, _) if lease == claim.lease).then_some(delivery)
    }

    /// May it be written?
    pub fn pass_dot(&mut self, claim: &Claim<Sending>) -> bool {
        if self.is_on && claim.item.class != Class::Ordinary {
            return false;
        }
        self.held(claim).is_some_and(|delivery| !std::mem::replace(&mut delivery.past_dot, true))
    }

    /// Does it count?
    pub fn end_mail(&mut self, claim: &Claim<HandOver>, end: End, now: i64) -> bool {
        let mail = self.mails.get_mut(&claim.item.mail_id).unwrap();
        if !matches!(mail.place, Place::Leased(lease, _) if lease == claim.lease) {
            return false;
        }
        mail.place = match end {
            End::Done | End::Failed => Place::Over,
            End::Retry | End::Unknown => Place::Waiting(now + AFTER),
            End::GiveBack => Place::Waiting(mail.received),
        };
        true
    }

    /// Does it count?
    pub fn end_delivery(&mut self, claim: &Claim<Sending>, end: End, now: i64) -> bool {
        let Some(delivery) = self.held(claim) else { return false };
        delivery.past_dot = false;
        delivery.maybe_sent |= end == End::Unknown;
        delivery.place = match end {
            End::Done | End::Failed => Place::Over,
            End::Retry | End::Unknown => Place::Waiting(now + AFTER),
            End::GiveBack => Place::Waiting(now),
        };
        true
    }

    pub fn renew(&mut self, leases: &[Lease], now: i64) {
        let mails = self.mails.values_mut().map(|mail| &mut mail.place);
        for place in mails.chain(self.deliveries.values_mut().map(|delivery| &mut delivery.place)) {
            if let Place::Leased(lease, end) = place
                && *end >= now
                && leases.contains(lease)
            {
                *end = until(now);
            }
        }
    }

    pub fn left(&self) -> Left {
        let mails = |is: &dyn Fn(&Mail) -> bool| i64::try_from(self.mails.values().filter(|m| is(m)).count()).unwrap();
        let open = |is: &dyn Fn(&Delivery) -> bool| {
            i64::try_from(self.deliveries.values().filter(|one| is(one)).count()).unwrap()
        };
        let waits = |mail: &Mail| matches!(mail.place, Place::Waiting(_));
        let is_leased = |place: Place| matches!(place, Place::Leased(..));
        Left {
            hand_overs: mails(&|mail| is_leased(mail.place) && !self.lets_in(mail)),
            blocked_deliveries: open(&|one| is_leased(one.place) && one.class != Class::Ordinary),
            due_hand_overs: mails(&|mail| {
                self.is_on && waits(mail) && mail.version < self.began && self.is_offered(mail)
            }),
            kept: mails(&|mail| waits(mail) || mail.place == Place::Held) + open(&|one| one.place != Place::Over),
        }
    }

    pub fn is_drained(&self) -> bool {
        let left = self.left();
        self.is_on && (left.hand_overs, left.blocked_deliveries, left.due_hand_overs) == (0, 0, 0)
    }

    /// Since when this version is drained, looked at now.
    pub fn drained_at(&mut self, now: i64) -> Option<i64> {
        self.is_drained().then(|| *self.drained.entry(self.version).or_insert(now))
    }
}
