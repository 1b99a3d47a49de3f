//! Named races: each sentence is one of the ways in which several nodes could get the mode wrong,
//! forced to happen.
//!
//! A transaction is stopped in its middle, on a node of its own, while another node does what must
//! not come in between. What must wait is given time to show that it does not. On a slow machine a
//! missing lock may then go unseen, but nothing right is ever called wrong. How each sentence was
//! seen to fail without its guard is said above it.

use super::{Subject, rules};
use crate::domain::mode::{Change, How, State, Version};
use crate::policy::rules::UnknownKind;
use crate::store::Store;
use crate::store::claim::{Claim, Settled, Settlement};
use crate::store::drain::Drain;
use crate::store::error::Result;
use crate::store::mail::{Offer, OfferAnswer};
use crate::store::mode::{Author, Changed};
use crate::store::notification::{Enqueued, NewNotification, Sending};
use crate::store::script::admit::Offering;
use crate::store::script::change::Changing;
use crate::store::script::drain::Draining;
use crate::store::script::end::{End, EndingClaims};
use crate::store::script::enqueue::Enqueueing;
use crate::store::script::ledger::WholeLedger;
use crate::store::script::work::{ClaimingDeliveries, PassingDot};
use crate::store::script::{Entry, Script, Scripts};
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub mod admission;
pub mod changing;
pub mod sending;

/// What the nodes do with kinds that are not declared.
const WAIT: UnknownKind = UnknownKind::Wait;

/// Stamps one test per sentence for a kind of store; `$open` gives an [`Arena`].
macro_rules! on_every_arena {
    ($open:path) => {
        $crate::store::conformance::race::stamp_races! { $open:
            admission::{
                a_mail_welcomed_before_the_change_is_judged_again_at_its_dot,
                a_mail_offered_while_the_mode_changes_is_judged_by_what_it_becomes,
                a_change_waits_for_the_mail_that_has_read_the_mode,
                a_mail_offered_again_before_the_first_is_committed_is_taken_once,
                a_mail_whose_recipients_the_change_divides_is_kept_for_none_of_them,
                who_has_read_the_mode_can_always_go_on_to_write,
                what_was_decided_under_another_version_is_not_written,
            },
            sending::{
                a_delivery_claimed_before_the_change_is_not_sent_after_it,
                a_change_waits_for_the_claim_that_has_read_the_mode_and_takes_it_back,
                a_change_takes_back_the_claim_of_what_waits_and_keeps_it_queued,
                an_undeclared_kind_is_treated_as_its_node_is_told,
                a_change_waits_for_the_dot_being_passed_and_counts_it_as_under_way,
                what_is_queued_under_the_mode_is_judged_when_it_is_claimed,
                a_change_waits_for_what_is_being_enqueued_and_suppresses_it,
                a_settlement_waits_for_the_change_and_is_too_late,
                a_change_waits_for_the_settlement_and_leaves_it_alone,
                whatever_the_timing_a_delivery_is_sent_or_suppressed_and_never_both,
            },
            changing::{
                of_two_changes_on_the_version_both_saw_one_is_told_that_it_moved,
                the_drain_of_one_maintenance_is_not_taken_for_that_of_the_next,
                maintenances_that_begin_at_the_same_instant_are_told_apart,
                a_change_waits_for_the_look_at_what_is_left,
                drained_is_not_said_while_a_mail_judged_before_is_being_kept,
                drained_is_not_said_while_a_dot_is_being_passed,
            },
        }
    };
}
pub(crate) use on_every_arena;

/// Makes a test of each of these sentences.
macro_rules! stamp_races {
    ($open:path: $($room:ident::{$($sentence:ident),+ $(,)?}),+ $(,)?) => {
        $($(
            #[tokio::test]
            async fn $sentence() {
                $crate::store::conformance::race::$room::$sentence($open().await).await;
            }
        )+)+
    };
}
pub(crate) use stamp_races;

/// One database with several nodes on it.
#[expect(async_fn_in_trait, reason = "only the test itself waits for it")]
pub trait Arena {
    /// One process's store, whose transactions can be entered.
    type Node: Store + Scripts + 'static;

    /// Opens the database once more, as another process does.
    async fn open(&self) -> Self::Node;

    /// Another node.
    async fn node(&self) -> Subject {
        Arc::new(self.open().await)
    }
}

/// Where a transaction stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// It has read the mode and written nothing.
    HavingRead,
    /// It has written everything and is not committed.
    HavingWritten,
}

/// A transaction stopped in its middle.
pub struct Stopped<T> {
    go: watch::Sender<bool>,
    running: JoinHandle<Result<T>>,
}

impl<T> Stopped<T> {
    /// Lets it go on; what it answered after its commit.
    pub async fn finish(self) -> Result<T> {
        self.go.send_replace(true);
        self.running.await.expect("the task of a stopped transaction")
    }
}

/// A script that stops in its middle until it is let go on.
struct Stopping<S> {
    script: S,
    stop: Stop,
    gone: watch::Receiver<bool>,
    arrived: watch::Sender<bool>,
}

impl<S> Stopping<S> {
    async fn pause(&self, here: Stop) {
        if here == self.stop {
            self.arrived.send_replace(true);
            let _ = self.gone.clone().wait_for(|go| *go).await;
        }
    }
}

#[async_trait]
impl<S: Script> Script for Stopping<S> {
    type Answer = S::Answer;

    fn entry(&self) -> Entry {
        // Whatever it may look at: it may be stopped for long.
        Entry { own: None, ..self.script.entry() }
    }

    async fn run<L: WholeLedger>(&self, ledger: &mut L) -> Result<S::Answer> {
        ledger.mode().await?;
        self.pause(Stop::HavingRead).await;
        let done = self.script.run(ledger).await?;
        self.pause(Stop::HavingWritten).await;
        Ok(done)
    }
}

/// Runs `script` up to `stop`, on a node of its own.
async fn stopped<A: Arena, S: Script>(arena: &A, stop: Stop, script: S) -> Stopped<S::Answer> {
    let (go, gone) = watch::channel(false);
    let (arrived, mut arrival) = watch::channel(false);
    let node = arena.open().await;
    let running = tokio::spawn(async move { node.enter(Stopping { script, stop, gone, arrived }).await });
    if arrival.wait_for(|arrived| *arrived).await.is_err() {
        panic!("the transaction never came so far: {:?}", running.await.map(|done| done.map(drop)));
    }
    Stopped { go, running }
}

/// A node that takes mail in.
async fn admitting<A: Arena>(arena: &A, stop: Stop, offer: Arc<Offer>) -> Stopped<Vec<OfferAnswer>> {
    stopped(arena, stop, Offering { offer, rules: rules() }).await
}

/// A node that takes a notification in.
async fn enqueueing<A: Arena>(arena: &A, stop: Stop, new: NewNotification) -> Stopped<Vec<Enqueued>> {
    stopped(arena, stop, Enqueueing { notifications: vec![Arc::new(new)], unknown: WAIT }).await
}

/// A node that claims deliveries.
async fn claiming<A: Arena>(arena: &A, stop: Stop, now: Timestamp) -> Stopped<Vec<Claim<Sending>>> {
    stopped(arena, stop, ClaimingDeliveries { limit: 100, unknown: WAIT, now, age_at: Some(now) }).await
}

/// A node that is about to write a message.
async fn passing_dot<A: Arena>(arena: &A, stop: Stop, claim: &Claim<Sending>, now: Timestamp) -> Stopped<bool> {
    stopped(arena, stop, PassingDot { asked: claim.into(), unknown: WAIT, now }).await
}

/// A node whose message was taken.
async fn settling<A: Arena>(arena: &A, stop: Stop, claim: Claim<Sending>, now: Timestamp) -> Stopped<Vec<Settled>> {
    let done = End::Settled(Settlement::Done("250".into()));
    stopped(arena, stop, EndingClaims { ended: vec![(claim, done)], now }).await
}

/// A node that looks how much is left.
async fn looking<A: Arena>(arena: &A, stop: Stop, now: Timestamp) -> Stopped<Drain> {
    stopped(arena, stop, Draining { rules: rules(), now }).await
}

/// An administrator who changes the mode, having seen the version `expected`.
async fn changing<A: Arena>(arena: &A, stop: Stop, state: State, expected: Option<Version>) -> Stopped<Changed> {
    let change = Change { state: Some(state), ..Change::default() };
    let author = Author { name: "bob".into(), how: How::Api };
    stopped(arena, stop, Changing { change, expected, author, unknown: WAIT, now: super::at(1) }).await
}

/// As long as anything here would take that nothing keeps from going on.
const WHILE: Duration = Duration::from_millis(200);

/// Is it kept waiting?
async fn waits<T>(running: &mut JoinHandle<T>) -> bool {
    tokio::time::timeout(WHILE, running).await.is_err()
}

/// Turns the mode on or off beside what the test does.
fn turning(store: &Subject, state: State, now: Timestamp) -> JoinHandle<Changed> {
    let store = Arc::clone(store);
    tokio::spawn(async move { super::turn(&store, state, now).await })
}
