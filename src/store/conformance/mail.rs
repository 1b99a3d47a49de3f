//! Sentences about mail coming in.

use super::{Subject, at, envelope, offer, recipient, rules, settle, turn};
use crate::domain::failure::Failure;
use crate::domain::id::MailId;
use crate::domain::mail::{Intent, MailState, Verdict};
use crate::domain::mode::State;
use crate::policy::inbound::Turned;
use crate::policy::rules::{AcceptedBefore, Rules, Treatment};
use crate::store::claim::{LEASE, Settled, Settlement};
use crate::store::desk::{IncomingFilter, Page};
use crate::store::mail::{Admission, AnswerFor, Offer, OfferAnswer, RecipientVerdict};
use bytes::Bytes;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::sync::Arc;

const ALL: Page = Page { limit: 1000, after: None };

async fn states(store: &Subject) -> Vec<(Intent, Verdict, MailState)> {
    let rows = store.incoming(IncomingFilter::default(), ALL).await.unwrap();
    rows.into_iter().rev().map(|row| (row.intent, row.verdict, row.state)).collect()
}

pub async fn an_accepted_mail_is_handed_over_byte_for_byte(store: Subject) {
    let offer = offer(at(0), vec![recipient(Intent::Reply, "k1")], "body");
    let Admission::Taken(receipt) = Admission::of(store.offer(Arc::clone(&offer), rules()).await.unwrap()) else {
        panic!("not taken")
    };
    assert_eq!((receipt.mail_id, receipt.verdict), (offer.envelope.mail_id, Verdict::Accept));
    let claims = store.claim_hand_overs(10, rules(), at(1)).await.unwrap();
    assert_eq!(claims.len(), 1);
    assert_eq!((&claims[0].item.raw, claims[0].item.key.as_str(), claims[0].item.attempt), (&offer.raw, "k1", 1));
    assert_eq!((claims[0].item.client.as_str(), claims[0].item.helo.as_deref()), ("127.0.0.1", Some("mx.example.com")));
    for claim in claims {
        let settled = settle(&store, claim, Settlement::Done("ok".into()), at(2)).await;
        assert_eq!(settled, Settled::Recorded);
    }
    assert_eq!(states(&store).await, [(Intent::Reply, Verdict::Accept, MailState::HandedOver)]);
    assert!(store.claim_hand_overs(10, rules(), at(1000)).await.unwrap().is_empty());
}

pub async fn an_empty_message_is_kept_alone_and_among_others(store: Subject) {
    let empty = |seconds, key| {
        let mut empty = Offer::clone(&offer(at(seconds), vec![recipient(Intent::Reply, key)], ""));
        empty.raw = Bytes::new();
        empty.message_id = None;
        Arc::new(empty)
    };
    assert!(matches!(Admission::of(store.offer(empty(0, "alone"), rules()).await.unwrap()), Admission::Taken(_)));
    let together = [empty(1, "before"), offer(at(2), vec![recipient(Intent::Reply, "k")], "b"), empty(3, "behind")];
    let offers = together.map(|mail| store.offer(mail, rules()));
    for taken in futures_util::future::join_all(offers).await {
        assert!(matches!(Admission::of(taken.unwrap()), Admission::Taken(_)));
    }
    let claims = store.claim_hand_overs(10, rules(), at(4)).await.unwrap();
    assert_eq!(claims.iter().map(|claim| claim.item.raw.len()).collect::<Vec<_>>(), [0, 0, 17, 0]);
    for claim in claims {
        assert_eq!(settle(&store, claim, Settlement::Done("ok".into()), at(5)).await, Settled::Recorded);
    }
}

pub async fn under_the_mode_writing_mail_is_turned_and_the_rest_is_kept(store: Subject) {
    turn(&store, State::On, at(0)).await;
    let asked = vec![
        recipient(Intent::CreateIssue, "i"),
        recipient(Intent::Unsubscribe, "u"),
        recipient(Intent::Postmaster, "p"),
    ];
    let verdicts = store.judge(envelope(at(1)), asked, rules()).await.unwrap();
    assert!(matches!(verdicts[0], RecipientVerdict::Turned(Turned::Refuse(_), _)));
    assert!(matches!(verdicts[1..], [RecipientVerdict::Welcome, RecipientVerdict::Welcome]));
    store.offer(offer(at(2), vec![recipient(Intent::Unsubscribe, "u")], "x"), rules()).await.unwrap();
    store.offer(offer(at(3), vec![recipient(Intent::Automatic, "a")], "x"), rules()).await.unwrap();
    let turned =
        Admission::of(store.offer(offer(at(4), vec![recipient(Intent::Reply, "r")], "x"), rules()).await.unwrap());
    assert!(matches!(turned, Admission::Turned(..)));
    let expected = [
        (Intent::CreateIssue, Verdict::Refuse, MailState::Refused),
        (Intent::Unsubscribe, Verdict::Hold, MailState::Held),
        (Intent::Automatic, Verdict::Discard, MailState::Discarded),
        (Intent::Reply, Verdict::Refuse, MailState::Refused),
    ];
    assert_eq!(states(&store).await, expected);
    let rows = store.incoming(IncomingFilter::default(), ALL).await.unwrap();
    let reasons: Vec<_> = rows.iter().rev().map(|row| row.reason.as_deref()).collect();
    assert_eq!(reasons, [Some("maintenance"), None, Some("auto_submitted"), Some("maintenance")]);
}

pub async fn a_mail_of_mixed_verdicts_stores_nothing(store: Subject) {
    turn(&store, State::On, at(0)).await;
    let mixed = offer(at(1), vec![recipient(Intent::Unsubscribe, "u"), recipient(Intent::Reply, "r")], "x");
    assert!(matches!(Admission::of(store.offer(mixed, rules()).await.unwrap()), Admission::Mixed));
    assert_eq!(states(&store).await, []);
}

pub async fn a_mail_answered_for_each_recipient_keeps_what_is_taken_of_it(store: Subject) {
    turn(&store, State::On, at(1)).await;
    let people = vec![
        recipient(Intent::Reply, "r"),
        recipient(Intent::Postmaster, "p"),
        recipient(Intent::Unsubscribe, "u"),
        recipient(Intent::Reply, "s"),
    ];
    let mail = Offer { answer_for: AnswerFor::EachRecipient, ..Offer::clone(&offer(at(2), people, "x")) };
    let answers = store.offer(Arc::new(mail.clone()), rules()).await.unwrap();
    let [OfferAnswer::Turned(..), OfferAnswer::Taken(first), OfferAnswer::Taken(second), OfferAnswer::Turned(..)] =
        &answers[..]
    else {
        panic!("{answers:?}")
    };
    assert_eq!((first.verdict, second.verdict), (Verdict::Accept, Verdict::Hold));
    assert!([first, second].iter().all(|receipt| receipt.mail_id == mail.envelope.mail_id && !receipt.is_duplicate));
    let rows = store.incoming(IncomingFilter::default(), Page { limit: 10, after: None }).await.unwrap();
    let mut verdicts: Vec<_> = rows.iter().map(|row| row.verdict.as_str()).collect();
    verdicts.sort_unstable();
    assert_eq!(verdicts, ["accept", "hold", "refuse", "refuse"]);
    assert_eq!(store.claim_hand_overs(10, rules(), at(3)).await.unwrap()[0].item.raw, mail.raw);
    // The client that did not hear the answers sends it again, as another mail.
    let again = Offer { envelope: envelope(at(4)), ..mail };
    let again = store.offer(Arc::new(again), rules()).await.unwrap();
    assert!(matches!(&again[1], OfferAnswer::Taken(known) if known.is_duplicate && known.mail_id == first.mail_id));
}

pub async fn deferred_and_refused_recipients_are_mixed_too(store: Subject) {
    turn(&store, State::On, at(0)).await;
    let rules = Rules { intents: [(Intent::Reply, Treatment::Defer)].into(), ..Rules::default() };
    let mixed = offer(at(1), vec![recipient(Intent::CreateIssue, "i"), recipient(Intent::Reply, "r")], "x");
    assert!(matches!(Admission::of(store.offer(mixed, Arc::new(rules)).await.unwrap()), Admission::Mixed));
}

pub async fn what_is_held_is_released_when_the_mode_goes_off(store: Subject) {
    turn(&store, State::On, at(0)).await;
    store.offer(offer(at(1), vec![recipient(Intent::Unsubscribe, "u")], "x"), rules()).await.unwrap();
    assert!(store.claim_hand_overs(10, rules(), at(2)).await.unwrap().is_empty());
    turn(&store, State::Off, at(3)).await;
    assert_eq!(store.claim_hand_overs(10, rules(), at(4)).await.unwrap().len(), 1);
}

pub async fn the_same_content_is_taken_once_for_seven_days(store: Subject) {
    let first = offer(at(0), vec![recipient(Intent::Reply, "r")], "same");
    store.offer(Arc::clone(&first), rules()).await.unwrap();
    let again = offer(at(60), vec![recipient(Intent::Reply, "r")], "same");
    let Admission::Taken(receipt) = Admission::of(store.offer(again, rules()).await.unwrap()) else {
        panic!("not taken")
    };
    assert_eq!(receipt.mail_id, first.envelope.mail_id);
    assert_eq!(states(&store).await.len(), 1);
    let other_recipient = offer(at(61), vec![recipient(Intent::Reply, "s")], "same");
    store.offer(other_recipient, rules()).await.unwrap();
    let other_bytes = offer(at(62), vec![recipient(Intent::Reply, "r")], "other");
    store.offer(other_bytes, rules()).await.unwrap();
    assert_eq!(states(&store).await.len(), 3);
    let late = offer(at(8 * 86_400), vec![recipient(Intent::Reply, "r")], "same");
    let Admission::Taken(receipt) = Admission::of(store.offer(Arc::clone(&late), rules()).await.unwrap()) else {
        panic!("not taken")
    };
    assert_eq!(receipt.mail_id, late.envelope.mail_id);
}

/// The ids that many offers of the same content at the same time were answered with.
async fn offered_at_once(store: &Subject, seconds: i64) -> BTreeSet<MailId> {
    let mut racing = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let store = store.clone();
        racing.spawn(async move {
            let same = offer(at(seconds), vec![recipient(Intent::Reply, "r"), recipient(Intent::Reply, "s")], "same");
            let Admission::Taken(receipt) = Admission::of(store.offer(same, rules()).await.unwrap()) else {
                panic!("not taken")
            };
            receipt.mail_id
        });
    }
    racing.join_all().await.into_iter().collect()
}

pub async fn another_spelling_of_the_same_addresses_is_the_same_mail(store: Subject) {
    let first = offer(at(0), vec![recipient(Intent::Reply, "r")], "same");
    store.offer(Arc::clone(&first), rules()).await.unwrap();
    let mut again = Offer::clone(&offer(at(60), vec![recipient(Intent::Reply, "r")], "same"));
    again.recipients[0].address = "\"incoming+r\"@LOCALHOST".into();
    again.envelope.sender = Some("\"ann\"@Example.com".into());
    let Admission::Taken(receipt) = Admission::of(store.offer(Arc::new(again), rules()).await.unwrap()) else {
        panic!("not taken")
    };
    assert_eq!(receipt.mail_id, first.envelope.mail_id);
}

pub async fn of_many_identical_mails_at_once_one_is_taken(store: Subject) {
    assert_eq!(offered_at_once(&store, 0).await.len(), 1);
    assert_eq!(states(&store).await.len(), 2);
    assert_eq!(store.claim_hand_overs(10, rules(), at(1)).await.unwrap().len(), 2);
}

pub async fn an_old_mails_place_is_taken_by_one_of_many(store: Subject) {
    assert_eq!(offered_at_once(&store, 0).await.len(), 1);
    assert_eq!(offered_at_once(&store, 8 * 86_400).await.len(), 1);
    assert_eq!(states(&store).await.len(), 4);
}

pub async fn a_nul_in_a_text_stops_no_mail(store: Subject) {
    let mut hostile = Offer::clone(&offer(at(0), vec![recipient(Intent::Reply, "k\0")], "a\0b"));
    hostile.message_id = Some("<a\0b@x>".into());
    hostile.envelope.sender = Some("a\0@example.com".into());
    store.offer(Arc::new(hostile.clone()), rules()).await.unwrap();
    let claim = store.claim_hand_overs(1, rules(), at(1)).await.unwrap().pop().unwrap();
    assert_eq!(claim.item.raw, hostile.raw);
    settle(&store, claim, Settlement::Failed(Failure::permanent("no\0")), at(2)).await;
    turn(&store, State::On, at(3)).await;
    let turned = store.judge(hostile.envelope.clone(), hostile.recipients.clone(), rules()).await.unwrap();
    assert!(matches!(turned[..], [RecipientVerdict::Turned(..)]));
    let by_address = IncomingFilter { recipient: Some("nobody\0@localhost".into()), ..Default::default() };
    assert!(store.incoming(by_address, ALL).await.unwrap().is_empty());
    assert_eq!(states(&store).await.len(), 2);
}

pub async fn a_refused_mail_is_no_duplicate_of_its_retry(store: Subject) {
    turn(&store, State::On, at(0)).await;
    store.offer(offer(at(1), vec![recipient(Intent::Reply, "r")], "x"), rules()).await.unwrap();
    turn(&store, State::Off, at(2)).await;
    let retry = offer(at(3), vec![recipient(Intent::Reply, "r")], "x");
    let Admission::Taken(receipt) = Admission::of(store.offer(Arc::clone(&retry), rules()).await.unwrap()) else {
        panic!("not taken")
    };
    assert_eq!(receipt.mail_id, retry.envelope.mail_id);
}

pub async fn a_dead_workers_claim_comes_back_and_its_late_settlement_does_not_count(store: Subject) {
    store.offer(offer(at(0), vec![recipient(Intent::Reply, "r")], "x"), rules()).await.unwrap();
    let dead = store.claim_hand_overs(10, rules(), at(1)).await.unwrap().pop().unwrap();
    assert!(store.claim_hand_overs(10, rules(), at(20)).await.unwrap().is_empty());
    let later = at(2) + SignedDuration::try_from(LEASE).unwrap();
    let again = store.claim_hand_overs(10, rules(), later).await.unwrap().pop().unwrap();
    assert_eq!(again.item.attempt, 2);
    let late = settle(&store, dead, Settlement::Done("late".into()), later).await;
    assert_eq!(late, Settled::LeaseLost);
    let settled = settle(&store, again, Settlement::Done("ok".into()), later).await;
    assert_eq!(settled, Settled::Recorded);
}

pub async fn hand_overs_settled_together_each_end_by_their_own_and_a_lost_lease_holds_up_nobody(store: Subject) {
    for local in ["a", "b", "c"] {
        store.offer(offer(at(0), vec![recipient(Intent::Reply, local)], local), rules()).await.unwrap();
    }
    let slow = store.claim_hand_overs(1, rules(), at(1)).await.unwrap().pop().unwrap();
    let [first, second] = <[_; 2]>::try_from(store.claim_hand_overs(10, rules(), at(20)).await.unwrap()).ok().unwrap();
    let later = at(2) + SignedDuration::try_from(LEASE).unwrap();
    assert_eq!(store.claim_hand_overs(10, rules(), later).await.unwrap().len(), 1, "the slow one's");
    let ended = vec![
        (first, Settlement::Done("ok".into())),
        (slow, Settlement::Done("late".into())),
        (second, Settlement::Failed(Failure::permanent("422"))),
    ];
    let settled = store.settle_hand_overs(ended, later).await.unwrap();
    assert_eq!(settled, [Settled::Recorded, Settled::LeaseLost, Settled::Recorded]);
    let mut states: Vec<_> = states(&store).await.into_iter().map(|(.., state)| state.as_str()).collect();
    states.sort_unstable();
    assert_eq!(states, ["failed", "handed_over", "handing_over"]);
}

pub async fn a_renewed_lease_lasts_longer(store: Subject) {
    store.offer(offer(at(0), vec![recipient(Intent::Reply, "r")], "x"), rules()).await.unwrap();
    let claim = store.claim_hand_overs(10, rules(), at(1)).await.unwrap().pop().unwrap();
    store.renew_hand_overs(vec![claim.lease], at(20)).await.unwrap();
    assert!(store.claim_hand_overs(10, rules(), at(40)).await.unwrap().is_empty());
    let settled = settle(&store, claim, Settlement::Done("ok".into()), at(41)).await;
    assert_eq!(settled, Settled::Recorded);
}

pub async fn a_failed_hand_over_is_not_offered_again_and_a_released_one_is_not_counted(store: Subject) {
    store.offer(offer(at(0), vec![recipient(Intent::Reply, "r")], "x"), rules()).await.unwrap();
    let claim = store.claim_hand_overs(10, rules(), at(1)).await.unwrap().pop().unwrap();
    store.release_hand_over(claim, at(5), at(2)).await.unwrap();
    assert!(store.claim_hand_overs(10, rules(), at(4)).await.unwrap().is_empty());
    let claim = store.claim_hand_overs(10, rules(), at(5)).await.unwrap().pop().unwrap();
    assert_eq!(claim.item.attempt, 1);
    settle(&store, claim, Settlement::Failed(Failure::permanent("422")), at(6)).await;
    assert!(store.claim_hand_overs(10, rules(), at(9000)).await.unwrap().is_empty());
    assert_eq!(states(&store).await[0].2, MailState::Failed);
}

pub async fn mail_accepted_before_waits_when_the_operator_says_so(store: Subject) {
    let waits = Arc::new(Rules { accepted_before: AcceptedBefore::Wait, ..Rules::default() });
    store
        .offer(offer(at(0), vec![recipient(Intent::Reply, "r"), recipient(Intent::Postmaster, "p")], "x"), rules())
        .await
        .unwrap();
    turn(&store, State::On, at(1)).await;
    let claims = store.claim_hand_overs(10, Arc::clone(&waits), at(2)).await.unwrap();
    assert_eq!(claims.iter().map(|claim| claim.item.intent).collect::<Vec<_>>(), [Intent::Postmaster]);
    assert_eq!(store.claim_hand_overs(10, rules(), at(2)).await.unwrap().len(), 1);
}

pub async fn mail_that_must_wait_is_not_offered_once_the_mode_is_on(store: Subject) {
    let waits = Arc::new(Rules { accepted_before: AcceptedBefore::Wait, ..Rules::default() });
    store.offer(offer(at(0), vec![recipient(Intent::Reply, "r")], "x"), rules()).await.unwrap();
    let claim = store.claim_hand_overs(10, Arc::clone(&waits), at(1)).await.unwrap().pop().unwrap();
    assert!(store.may_offer(&claim, Arc::clone(&waits)).await.unwrap());
    turn(&store, State::On, at(2)).await;
    assert!(!store.may_offer(&claim, waits).await.unwrap());
    assert!(store.may_offer(&claim, rules()).await.unwrap(), "by default it is work under way");
    store.release_hand_over(claim, at(0), at(3)).await.unwrap();
}

pub async fn what_comes_back_from_a_dead_worker_keeps_its_place(store: Subject) {
    store.offer(offer(at(0), vec![recipient(Intent::Reply, "first")], "x"), rules()).await.unwrap();
    store.claim_hand_overs(1, rules(), at(1)).await.unwrap();
    store.offer(offer(at(5), vec![recipient(Intent::Reply, "second")], "y"), rules()).await.unwrap();
    let claims = store.claim_hand_overs(10, rules(), at(100)).await.unwrap();
    assert_eq!(claims.iter().map(|claim| claim.item.key.as_str()).collect::<Vec<_>>(), ["first", "second"]);
}
