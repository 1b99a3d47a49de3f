//! *Drained* under injected work: it is said when, and only when, nothing decided before the mode
//! came on is under way.
//!
//! Random work is done with a store and with a model of it ([`model`]), and after every step both
//! are asked what is left. When the store says drained, it is taken at its word: no worker that
//! still holds a claim may write or offer anything, and nothing accepted before is claimed any
//! more. What is in the middle of its transaction is the named races' subject (`race::changing`).
//!
//! Shown to fail by hand, on both stores: with deliveries of all classes or no hand-overs older
//! than some seconds counted, with due mail left out or counted from the time the maintenance
//! began, and with `suppress` not minding `dot_at` or `maybe_sent`.

use super::{Subject, at, notification, offer, recipient, settle, turn};
use crate::domain::failure::Failure;
use crate::domain::mail::Intent;
use crate::domain::mode::{Change, How, State};
use crate::domain::notification::Class;
use crate::policy::rules::{AcceptedBefore, Rules};
use crate::store::Store;
use crate::store::claim::{Claim, Settled, Settlement};
use crate::store::mail::{Admission, HandOver};
use crate::store::mode::Author;
use crate::store::notification::Sending;
use model::Model;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::sync::Arc;

mod model;

/// One thing that is done.
#[derive(Debug, Clone)]
pub enum Step {
    /// Mail comes in.
    Offer(Intent),
    /// A notification comes in.
    Enqueue(Class),
    /// A worker takes up to two mails.
    ClaimMails,
    /// A worker takes up to two deliveries.
    ClaimDeliveries,
    /// A worker asks whether it may write; the number chooses among the claims held (0 is the
    /// newest), as in the next two.
    PassDot(usize),
    /// A hand-over ends.
    EndMail(usize, End),
    /// A delivery ends.
    EndDelivery(usize, End),
    /// The workers that live renew their leases.
    Renew,
    /// So many seconds pass.
    Pass(i64),
    /// The mode is turned, perhaps to what it is.
    Turn(State),
    /// The mode's message changes: another version of the same maintenance.
    Reword,
}

/// How a claim ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Well.
    Done,
    /// Not now.
    Retry,
    /// The outcome is unknown.
    Unknown,
    /// Never.
    Failed,
    /// It is given back.
    GiveBack,
}

/// When what did not go well is tried again, in seconds.
const AFTER: i64 = 10;

fn step() -> impl Strategy<Value = Step> {
    let intent = prop_oneof![Just(Intent::Reply), Just(Intent::Postmaster), Just(Intent::Unsubscribe)];
    let class =
        prop_oneof![Just(Class::Ordinary), Just(Class::WriteDependent), Just(Class::Paging), Just(Class::Unclassified)];
    let end = || {
        prop_oneof![
            3 => Just(End::Done),
            1 => Just(End::Retry),
            1 => Just(End::Unknown),
            1 => Just(End::Failed),
            1 => Just(End::GiveBack)
        ]
    };
    prop_oneof![
        3 => intent.prop_map(Step::Offer),
        3 => class.prop_map(Step::Enqueue),
        4 => Just(Step::ClaimMails),
        4 => Just(Step::ClaimDeliveries),
        3 => any::<usize>().prop_map(Step::PassDot),
        3 => (any::<usize>(), end()).prop_map(|(which, end)| Step::EndMail(which, end)),
        3 => (any::<usize>(), end()).prop_map(|(which, end)| Step::EndDelivery(which, end)),
        1 => Just(Step::Renew),
        2 => (0i64..40).prop_map(Step::Pass),
        2 => Just(Step::Turn(State::On)),
        2 => Just(Step::Turn(State::Off)),
        1 => Just(Step::Reword),
    ]
}

/// Some steps: any, or a beginning that chance alone would seldom hit on.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let sending = |class| vec![Step::Enqueue(class), Step::ClaimDeliveries, Step::PassDot(0)];
    prop_oneof![
        8 => step().prop_map(|step| vec![step]),
        1 => prop_oneof![Just(Class::Paging), Just(Class::Unclassified), Just(Class::Ordinary)].prop_map(sending),
        1 => Just(vec![Step::Offer(Intent::Reply), Step::ClaimMails]),
    ]
}

/// Tries so many sequences of steps, each on a store of its own.
pub fn check<S: Store + 'static, G>(cases: u32, fresh: impl AsyncFn() -> (S, G)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let config = Config { failure_persistence: None, max_shrink_iters: 300, ..Config::with_cases(cases) };
    let work = (any::<bool>(), proptest::collection::vec(steps(), 1..40));
    let tried = TestRunner::new(config).run(&work, |(waits, steps)| {
        runtime.block_on(async {
            let (store, _guard) = fresh().await;
            Run::new(Arc::new(store), waits).all(steps.concat()).await
        })
    });
    tried.unwrap_or_else(|fault| panic!("{fault}"));
}

/// A store and its model, and the claims the workers hold, also those they should not.
struct Run {
    store: Subject,
    model: Model,
    rules: Arc<Rules>,
    now: i64,
    mails: Vec<Claim<HandOver>>,
    deliveries: Vec<Claim<Sending>>,
}

type Checked = Result<(), TestCaseError>;

impl Run {
    fn new(store: Subject, waits: bool) -> Self {
        let accepted_before = if waits { AcceptedBefore::Wait } else { AcceptedBefore::Finish };
        let rules = Arc::new(Rules { accepted_before, ..Rules::default() });
        Self { store, model: Model::new(waits), rules, now: 0, mails: Vec::new(), deliveries: Vec::new() }
    }

    async fn all(mut self, steps: Vec<Step>) -> Checked {
        for step in steps {
            self.step(step).await?;
            self.look().await?;
        }
        Ok(())
    }

    async fn step(&mut self, step: Step) -> Checked {
        let now = at(self.now);
        match step {
            Step::Offer(intent) => self.offer(intent).await?,
            Step::Enqueue(class) => {
                let new = notification(class, now, "x");
                self.model.enqueue(new.id, class);
                self.store.enqueue(vec![Arc::new(new)]).await.unwrap();
            }
            Step::ClaimMails => {
                let claims = self.store.claim_hand_overs(2, Arc::clone(&self.rules), now).await.unwrap();
                self.model.claim_mails(&claims, self.now)?;
                self.mails.extend(claims);
            }
            Step::ClaimDeliveries => {
                let claims = self.store.claim_deliveries(2, now).await.unwrap();
                self.model.claim_deliveries(&claims, self.now)?;
                self.deliveries.extend(claims);
            }
            Step::PassDot(which) => {
                let Some(claim) = chosen(&self.deliveries, which) else { return Ok(()) };
                let claim = &self.deliveries[claim];
                let may = self.store.pass_dot(claim, now).await.unwrap();
                prop_assert_eq!(may, self.model.pass_dot(claim));
            }
            Step::EndMail(which, end) => self.end_mail(which, end).await?,
            Step::EndDelivery(which, end) => self.end_delivery(which, end).await?,
            Step::Renew => self.renew().await,
            Step::Pass(seconds) => self.now += seconds,
            Step::Turn(state) => {
                turn(&self.store, state, now).await;
                self.model.turn(state, self.now);
            }
            Step::Reword => self.reword().await,
        }
        Ok(())
    }

    async fn renew(&mut self) {
        let (mails, deliveries) = (&self.mails, &self.deliveries);
        let mails: Vec<_> = mails.iter().map(|claim| claim.lease).collect();
        let deliveries: Vec<_> = deliveries.iter().map(|claim| claim.lease).collect();
        self.model.renew(&[mails.clone(), deliveries.clone()].concat(), self.now);
        self.store.renew_hand_overs(mails, at(self.now)).await.unwrap();
        self.store.renew_deliveries(deliveries, at(self.now)).await.unwrap();
    }

    async fn reword(&mut self) {
        let message = format!("at version {}", self.model.version);
        let change = Change { message: Some(Some(message)), ..Change::default() };
        let author = Author { name: "ann".into(), how: How::Api };
        self.store.change_mode(change, None, author, at(self.now)).await.unwrap();
        self.model.reword();
    }

    async fn offer(&mut self, intent: Intent) -> Checked {
        let mail = offer(at(self.now), vec![recipient(intent, "k")], &format!("mail {}", self.model.mails.len()));
        let id = mail.envelope.mail_id;
        let taken = matches!(
            Admission::of(self.store.offer(mail, Arc::clone(&self.rules)).await.unwrap()),
            Admission::Taken(_)
        );
        prop_assert_eq!(taken, self.model.offer(id, intent, self.now));
        Ok(())
    }

    async fn end_mail(&mut self, which: usize, end: End) -> Checked {
        let Some(place) = chosen(&self.mails, which) else { return Ok(()) };
        let (claim, now) = (self.mails.remove(place), at(self.now));
        let expected = self.model.end_mail(&claim, end, self.now);
        let due = claim.item.received_at;
        let settled = match end {
            End::GiveBack => self.store.release_hand_over(claim, due, now).await.unwrap(),
            _ => settle(&self.store, claim, self.settlement(end), now).await,
        };
        prop_assert_eq!(settled == Settled::Recorded, expected);
        Ok(())
    }

    async fn end_delivery(&mut self, which: usize, end: End) -> Checked {
        let Some(place) = chosen(&self.deliveries, which) else { return Ok(()) };
        let (claim, now) = (self.deliveries.remove(place), at(self.now));
        let expected = self.model.end_delivery(&claim, end, self.now);
        let settled = match end {
            End::GiveBack => self.store.release_delivery(claim, now, now).await.unwrap(),
            _ => self.store.settle_delivery(claim, self.settlement(end), now).await.unwrap(),
        };
        prop_assert_eq!(settled == Settled::Recorded, expected);
        Ok(())
    }

    fn settlement(&self, end: End) -> Settlement {
        let later = at(self.now + AFTER);
        match end {
            End::Done | End::GiveBack => Settlement::Done("250".into()),
            End::Retry => Settlement::Retry(Failure::temporary("451"), later),
            End::Unknown => Settlement::Unknown(Failure::temporary("lost"), later),
            End::Failed => Settlement::Failed(Failure::permanent("550")),
        }
    }

    /// Asks what is left, and takes the answer at its word.
    async fn look(&mut self) -> Checked {
        let drain = self.store.drain(Arc::clone(&self.rules), at(self.now)).await.unwrap();
        prop_assert_eq!(drain.mode.version, self.model.version);
        prop_assert_eq!(drain.left, self.model.left());
        prop_assert_eq!(drain.drained_at, self.model.drained_at(self.now).map(at));
        prop_assert_eq!(drain.is_drained(), self.model.is_drained());
        if drain.is_drained() {
            for claim in self.mails.iter().filter(|claim| !self.model.lets_in_claimed(claim)) {
                let may = self.store.may_offer(claim, Arc::clone(&self.rules)).await.unwrap();
                prop_assert!(!may, "drained, and a mail is being handed over");
            }
            for claim in self.deliveries.iter().filter(|claim| claim.item.class != Class::Ordinary) {
                let may = self.store.pass_dot(claim, at(self.now)).await.unwrap();
                prop_assert!(!may, "drained, and a blocked delivery may be written");
            }
        }
        Ok(())
    }
}

/// Which of the claims held a number means.
fn chosen<T>(claims: &[T], which: usize) -> Option<usize> {
    which.checked_rem(claims.len()).map(|from_the_end| claims.len() - 1 - from_the_end)
}
