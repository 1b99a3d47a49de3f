//! Races of mail that comes in.

use super::super::{Subject, at, envelope, offer, recipient, rules, turn};
use super::{Arena, Stop, admitting, changing, turning, waits};
use crate::domain::mail::{Intent, Verdict};
use crate::domain::mode::{Mode, State, Version};
use crate::policy::inbound::Turned;
use crate::store::desk::{IncomingFilter, Page};
use crate::store::error::{Result, StoreError};
use crate::store::mail::{Admission, Offer, RecipientVerdict};
use crate::store::mode::Changed;
use crate::store::script::admit::decide;
use crate::store::script::ledger::WholeLedger;
use crate::store::script::{Script, Scripts};
use async_trait::async_trait;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// What is on record, in the order of the intents' names.
async fn record(store: &Subject) -> Vec<(Intent, Verdict, i64)> {
    let page = Page { limit: 1000, after: None };
    let rows = store.incoming(IncomingFilter::default(), page).await.unwrap();
    let mut record: Vec<_> = rows.into_iter().map(|row| (row.intent, row.verdict, row.mode_version.0)).collect();
    record.sort_by_key(|(intent, _, version)| (intent.as_str(), *version));
    record
}

fn offering(store: &Subject, mail: Arc<Offer>) -> JoinHandle<Admission> {
    let store = Arc::clone(store);
    tokio::spawn(async move { Admission::of(store.offer(mail, rules()).await.unwrap()) })
}

fn issue(body: &str) -> Arc<Offer> {
    offer(at(0), vec![recipient(Intent::CreateIssue, "i")], body)
}

/// R1: the mode is read at RCPT, it changes, and the message comes to its end.
///
/// Shown to fail by hand: with the offer judged as if the mode were off, on both stores; with the
/// mode kept from one transaction to the next on SQLite.
pub async fn a_mail_welcomed_before_the_change_is_judged_again_at_its_dot<A: Arena>(arena: A) {
    let (door, other) = (arena.node().await, arena.node().await);
    let asked = vec![recipient(Intent::CreateIssue, "i")];
    let welcome = door.judge(envelope(at(0)), asked, rules()).await.unwrap();
    assert!(matches!(welcome[..], [RecipientVerdict::Welcome]));
    turn(&other, State::On, at(1)).await;
    let answer = Admission::of(door.offer(issue("x"), rules()).await.unwrap());
    assert!(matches!(answer, Admission::Turned(Turned::Refuse(_), _)), "{answer:?}");
    assert_eq!(record(&other).await, [(Intent::CreateIssue, Verdict::Refuse, 2)]);
}

/// R3: the mail's transaction begins while the change is made and not committed.
///
/// Shown to fail by hand: with `BEGIN` instead of `BEGIN IMMEDIATE` on SQLite (it was told to come
/// again: its snapshot was too old to write); without the lock in ENTER, and as REPEATABLE READ (a
/// bare `BEGIN`), on PostgreSQL (it was accepted).
pub async fn a_mail_offered_while_the_mode_changes_is_judged_by_what_it_becomes<A: Arena>(arena: A) {
    let door = arena.node().await;
    let change = changing(&arena, Stop::HavingWritten, State::On, None).await;
    let mut offering = offering(&door, issue("x"));
    assert!(waits(&mut offering).await, "it was judged beside the change");
    assert!(matches!(change.finish().await, Ok(Changed::Done { .. })));
    assert!(matches!(offering.await.unwrap(), Admission::Turned(..)));
    assert_eq!(record(&door).await, [(Intent::CreateIssue, Verdict::Refuse, 2)]);
}

/// R3: the change begins while a mail is judged and not committed. When it has returned, the mail
/// is there already.
///
/// Shown to fail by hand: with `BEGIN` on SQLite; on PostgreSQL without the lock in ENTER, and with
/// a change that takes `Fence::Shared`.
pub async fn a_change_waits_for_the_mail_that_has_read_the_mode<A: Arena>(arena: A) {
    let other = arena.node().await;
    let admitting = admitting(&arena, Stop::HavingRead, issue("x")).await;
    let mut turning = turning(&other, State::On, at(1));
    assert!(waits(&mut turning).await, "the change did not wait");
    assert!(matches!(admitting.finish().await.map(Admission::of), Ok(Admission::Taken(_))));
    assert!(matches!(turning.await.unwrap(), Changed::Done { mode, .. } if mode.version == Version(2)));
    assert_eq!(record(&other).await, [(Intent::CreateIssue, Verdict::Accept, 1)]);
}

/// R10: the answer to the dot is lost, and the client's retry comes to another node, before the
/// commit and after it.
///
/// Shown to fail by hand: without `content_hash` in the row, on both stores; with `BEGIN` on
/// SQLite.
pub async fn a_mail_offered_again_before_the_first_is_committed_is_taken_once<A: Arena>(arena: A) {
    let other = arena.node().await;
    let first = issue("the same bytes");
    let id = first.envelope.mail_id;
    let admitting = admitting(&arena, Stop::HavingWritten, first).await;
    let mut again = offering(&other, issue("the same bytes"));
    assert!(waits(&mut again).await, "it was taken beside the first");
    assert!(matches!(admitting.finish().await.map(Admission::of), Ok(Admission::Taken(_))));
    for answer in [again.await.unwrap(), Admission::of(other.offer(issue("the same bytes"), rules()).await.unwrap())] {
        assert!(matches!(answer, Admission::Taken(ref receipt) if receipt.mail_id == id), "{answer:?}");
    }
    assert_eq!(record(&other).await.len(), 1);
}

/// R17: one mail for recipients whom the mode treats differently, and the mode changes before its
/// dot.
///
/// Shown to fail by hand, before `admit::decide`: with `any` for `all` recipients, on both stores;
/// without the lock, as above, for its first half.
pub async fn a_mail_whose_recipients_the_change_divides_is_kept_for_none_of_them<A: Arena>(arena: A) {
    let (door, other) = (arena.node().await, arena.node().await);
    let both = || vec![recipient(Intent::CreateIssue, "i"), recipient(Intent::Postmaster, "p")];
    // Read before the change: taken for both, under one version.
    let admitting = admitting(&arena, Stop::HavingRead, offer(at(0), both(), "early")).await;
    let mut turning = turning(&other, State::On, at(1));
    assert!(waits(&mut turning).await, "the change did not wait");
    assert!(matches!(admitting.finish().await.map(Admission::of), Ok(Admission::Taken(_))));
    turning.await.unwrap();
    let early = [(Intent::CreateIssue, Verdict::Accept, 1), (Intent::Postmaster, Verdict::Accept, 1)];
    assert_eq!(record(&door).await, early);
    // Accepted at RCPT before it and ended after: taken for no recipient.
    let late = Admission::of(door.offer(offer(at(2), both(), "late"), rules()).await.unwrap());
    assert!(matches!(late, Admission::Mixed), "{late:?}");
    assert_eq!(record(&door).await, early);
}

/// R20: a node has read, another one writes, and the first goes on to write.
///
/// Shown to fail by hand: with `BEGIN` instead of `BEGIN IMMEDIATE` on SQLite. On PostgreSQL no
/// such thing happens under READ COMMITTED; what loses there is run again whole (`collision`).
pub async fn who_has_read_the_mode_can_always_go_on_to_write<A: Arena>(arena: A) {
    let other = arena.node().await;
    let admitting = admitting(&arena, Stop::HavingRead, issue("x")).await;
    let mut beside = offering(&other, issue("y"));
    // SQLite lets in one at a time, PostgreSQL both.
    let waited = waits(&mut beside).await;
    assert!(
        matches!(admitting.finish().await.map(Admission::of), Ok(Admission::Taken(_))),
        "it could not write what it had decided"
    );
    if waited {
        assert!(matches!(beside.await.unwrap(), Admission::Taken(_)));
    }
    assert_eq!(record(&other).await, [(Intent::CreateIssue, Verdict::Accept, 1); 2]);
}

/// A decision that was made for the version before.
struct Late(Arc<Offer>);

#[async_trait]
impl Script for Late {
    type Answer = ();

    async fn run<L: WholeLedger>(&self, ledger: &mut L) -> Result<()> {
        let before = Mode { state: State::Off, version: Version(1), ..ledger.mode().await? };
        let decision = decide(&before, &self.0, &rules());
        ledger.apply(Some(decision.version), decision.writes).await.map(drop)
    }
}

/// R1: a decision names the version that it was made under, and a ledger at another version writes
/// nothing of it.
pub async fn what_was_decided_under_another_version_is_not_written<A: Arena>(arena: A) {
    let node = arena.open().await;
    node.enter(Late(issue("in time"))).await.unwrap();
    turn(&arena.node().await, State::On, at(1)).await;
    assert!(matches!(node.enter(Late(issue("late"))).await, Err(StoreError::Unreachable(_))));
    assert_eq!(record(&arena.node().await).await, [(Intent::CreateIssue, Verdict::Accept, 1)]);
}
