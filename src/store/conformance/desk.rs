//! Sentences about what is on record and what an operator does.

use super::{Subject, at, notification, offer, recipient, rules, settle, turn};
use crate::domain::failure::Failure;
use crate::domain::id::{Id, MailId};
use crate::domain::mail::{Intent, Verdict};
use crate::domain::mode::{State, Version};
use crate::domain::notification::Class;
use crate::store::claim::Settlement;
use crate::store::desk::{Action, Cause, Flow, Horizon, IncomingFilter, Page, Pause, QueueFilter, SuppressedFilter};
use crate::store::notification::NewNotification;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::sync::Arc;

const ALL: Page = Page { limit: 1000, after: None };

pub async fn pages_show_every_row_once_newest_first(store: Subject) {
    turn(&store, State::On, at(0)).await;
    for number in 0..25 {
        // Several share a time, so that the id must break the tie.
        store.enqueue(vec![Arc::new(notification(Class::Paging, at(number / 4), "x"))]).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut page = Page { limit: 10, after: None };
    loop {
        let rows = store.suppressed(SuppressedFilter::default(), page.clone()).await.unwrap();
        let Some(last) = rows.last() else { break };
        page.after = Some((last.suppressed_at, last.id.any()));
        seen.extend(rows.into_iter().map(|row| (row.suppressed_at, row.id)));
    }
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 25);
    assert!(seen.is_sorted_by(|newer, older| newer > older));
}

pub async fn filters_are_exact_and_ranges_half_open(store: Subject) {
    turn(&store, State::On, at(0)).await;
    for seconds in [10, 20, 30] {
        store.enqueue(vec![Arc::new(notification(Class::Paging, at(seconds), "x"))]).await.unwrap();
    }
    let count = async |filter: SuppressedFilter| store.suppressed(filter, ALL).await.unwrap().len();
    assert_eq!(count(SuppressedFilter { since: Some(at(10)), until: Some(at(30)), ..Default::default() }).await, 2);
    assert_eq!(count(SuppressedFilter { kind: Some("paging".into()), ..Default::default() }).await, 3);
    assert_eq!(count(SuppressedFilter { class: Some(Class::WriteDependent), ..Default::default() }).await, 0);
    assert_eq!(count(SuppressedFilter { recipient: Some("bob@example.com".into()), ..Default::default() }).await, 3);
    assert_eq!(count(SuppressedFilter { recipient: Some("b%".into()), ..Default::default() }).await, 0);
    assert_eq!(
        count(SuppressedFilter { mode_versions: Some((Version(1), Version(1))), ..Default::default() }).await,
        0
    );
}

pub async fn one_recipients_rows_of_a_class_are_found_page_by_page_whatever_their_kinds(store: Subject) {
    turn(&store, State::On, at(0)).await;
    let other_kind = |number: i64| match number % 3 {
        0 => notification(Class::WriteDependent, at(number), "x"),
        1 => notification(Class::Paging, at(number), "x"),
        _ => NewNotification { kind: "incident".into(), ..notification(Class::Paging, at(number), "x") },
    };
    for number in 1..=20 {
        store.enqueue(vec![Arc::new(other_kind(number))]).await.unwrap();
    }
    let of = |class: Class, kind: Option<&str>| SuppressedFilter {
        recipient: Some("bob@example.com".into()),
        class: Some(class),
        kind: kind.map(str::to_owned),
        ..Default::default()
    };
    let mut times = Vec::new();
    let mut page = Page { limit: 3, after: None };
    loop {
        let rows = store.suppressed(of(Class::Paging, None), page.clone()).await.unwrap();
        let Some(last) = rows.last() else { break };
        page.after = Some((last.suppressed_at, last.id.any()));
        times.extend(rows.into_iter().map(|row| row.suppressed_at));
    }
    let expected: Vec<_> = (1..=20).rev().filter(|number| number % 3 != 0).map(at).collect();
    assert_eq!(times, expected);
    let count = async |filter: SuppressedFilter| store.suppressed(filter, ALL).await.unwrap().len();
    assert_eq!(count(of(Class::Paging, Some("incident"))).await, 7);
    assert_eq!(count(of(Class::WriteDependent, Some("incident"))).await, 0);
    assert_eq!(count(of(Class::WriteDependent, None)).await, 6);
    let stranger = SuppressedFilter { recipient: Some("eve@example.com".into()), ..of(Class::Paging, None) };
    assert_eq!(count(stranger).await, 0);
}

pub async fn a_row_of_the_last_microsecond_is_in_its_range(store: Subject) {
    turn(&store, State::On, at(0)).await;
    let last = at(30) - SignedDuration::from_micros(1);
    store.enqueue(vec![Arc::new(notification(Class::Paging, last, "x"))]).await.unwrap();
    let range = SuppressedFilter { since: Some(last), until: Some(at(30)), ..Default::default() };
    assert_eq!(store.suppressed(range, ALL).await.unwrap().len(), 1);
}

pub async fn incoming_mail_is_found_by_its_full_address_and_shows_only_the_mask(store: Subject) {
    store.offer(offer(at(0), vec![recipient(Intent::Reply, "secretkey")], "x"), rules()).await.unwrap();
    store.offer(offer(at(1), vec![recipient(Intent::Reply, "otherkey")], "y"), rules()).await.unwrap();
    let by = |address: &str| IncomingFilter { recipient: Some(address.into()), ..Default::default() };
    let found = store.incoming(by("incoming+secretkey@LOCALHOST"), ALL).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].recipient, "incoming+s…@localhost");
    assert!(store.incoming(by("incoming+SECRETKEY@localhost"), ALL).await.unwrap().is_empty());
    let accepted = IncomingFilter { verdict: Some(Verdict::Accept), ..Default::default() };
    assert_eq!(store.incoming(accepted, ALL).await.unwrap().len(), 2);
}

/// Three mails: Ann's to two recipients, a bounce, and one of Bob's that waits.
async fn three_mails(store: &Subject) -> [MailId; 3] {
    let of = |second, sender: Option<&str>, message_id: &str, recipients| {
        let mut offer = Arc::unwrap_or_clone(offer(at(second), recipients, message_id));
        offer.envelope.sender = sender.map(str::to_owned);
        offer.message_id = Some(message_id.to_owned());
        Arc::new(offer)
    };
    let mails = [
        of(1, Some("ann@example.com"), "<1@x>", vec![recipient(Intent::Reply, "k1"), recipient(Intent::Reply, "j2")]),
        of(2, None, "2@x", vec![recipient(Intent::Automatic, "k1")]),
        of(3, Some("bob@example.com"), "<3@x>", vec![recipient(Intent::Comment, "c3")]),
    ];
    for mail in &mails {
        store.offer(Arc::clone(mail), rules()).await.unwrap();
    }
    mails.map(|mail| mail.envelope.mail_id)
}

pub async fn a_mail_is_found_by_whatever_is_known_of_it(store: Subject) {
    let [anns, bounce, bobs] = three_mails(&store).await;
    let text = |text: &str| Some(text.to_owned());
    let any = IncomingFilter::default;
    for (filter, expected) in [
        (IncomingFilter { sender: text("ann@example.com"), ..any() }, vec![anns, anns]),
        (IncomingFilter { sender: text("<ann@example.com>"), ..any() }, vec![anns, anns]),
        (IncomingFilter { sender: text("<>"), ..any() }, vec![bounce]),
        (IncomingFilter { sender: text("ann@example"), ..any() }, vec![]),
        (IncomingFilter { message_id: text("<1@x>"), ..any() }, vec![anns, anns]),
        (IncomingFilter { message_id: text("1@x"), ..any() }, vec![anns, anns]),
        (IncomingFilter { message_id: text("<2@x>"), ..any() }, vec![bounce]),
        (IncomingFilter { message_id: text("1@%"), ..any() }, vec![]),
        (IncomingFilter { masked_recipient: text("incoming+k…@localhost"), ..any() }, vec![bounce, anns]),
        (IncomingFilter { mail_id: Some(anns), ..any() }, vec![anns, anns]),
        (IncomingFilter { mail_id: Some(Id::mint(at(9))), ..any() }, vec![]),
        (IncomingFilter { sender: text("ann@example.com"), message_id: text("2@x"), ..any() }, vec![]),
        (IncomingFilter { sender: text("<>"), recipient: text("incoming+k1@localhost"), ..any() }, vec![bounce]),
        (IncomingFilter { sender: text("ann@example.com"), verdict: Some(Verdict::Discard), ..any() }, vec![]),
        (IncomingFilter { message_id: text("1@x"), until: Some(at(1)), ..any() }, vec![]),
    ] {
        let rows = store.incoming(filter.clone(), ALL).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.mail_id).collect::<Vec<_>>(), expected, "{filter:?}");
        let tally = store.incoming_tally(filter.clone()).await.unwrap();
        let (counted, hours) = (tally.total(|key| filter.takes(key)), tally.hours.iter().map(|(_, number)| number));
        assert_eq!((counted, hours.sum()), (rows.len() as i64, rows.len() as i64), "{filter:?}");
    }
    let queued = async |filter: QueueFilter| store.queue(filter, ALL).await.unwrap().len();
    let from = |sender: &str| QueueFilter { sender: text(sender), ..QueueFilter::default() };
    assert_eq!((queued(from("ann@example.com")).await, queued(from("<>")).await), (2, 0));
    assert_eq!(queued(QueueFilter { state: text("discarded"), ..from("<>") }).await, 1);
    assert_eq!(queued(QueueFilter { message_id: text("3@x"), ..QueueFilter::default() }).await, 1);
    assert_eq!(queued(QueueFilter { message_id: text("3@x"), ..from("ann@example.com") }).await, 0);
    let of_bob = store.queue_items_of(bobs.any()).await.unwrap();
    assert_eq!((of_bob.len(), store.queue_items_of(anns.any()).await.unwrap().len()), (1, 2));
    assert!(store.queue_items_of(of_bob[0].id.any()).await.unwrap().is_empty(), "a recipient's id is no mail's");
    let sent = notification(Class::Ordinary, at(4), "x");
    store.enqueue(vec![Arc::new(sent.clone())]).await.unwrap();
    assert_eq!(store.queue_items_of(sent.id.any()).await.unwrap().len(), 1);
}

pub async fn an_operator_retries_cancels_and_releases(store: Subject) {
    store.enqueue(vec![Arc::new(notification(Class::Ordinary, at(0), "x"))]).await.unwrap();
    let claim = store.claim_deliveries(1, at(1)).await.unwrap().pop().unwrap();
    let id = claim.item.delivery_id.into();
    store.settle_delivery(claim, Settlement::Failed(Failure::permanent("550 no")), at(2)).await.unwrap();
    let (item, applied) = store.act(id, Action::Retry, at(3)).await.unwrap().unwrap();
    assert_eq!((item.state.as_str(), applied), ("queued", true));
    let (item, applied) = store.act(id, Action::Cancel, at(4)).await.unwrap().unwrap();
    assert_eq!((item.state.as_str(), applied), ("cancelled", true));
    let (_, applied) = store.act(id, Action::Retry, at(5)).await.unwrap().unwrap();
    assert!(!applied, "what was cancelled stays cancelled");
    turn(&store, State::On, at(6)).await;
    store.offer(offer(at(7), vec![recipient(Intent::Unsubscribe, "u")], "x"), rules()).await.unwrap();
    let held = store.queue(QueueFilter::default(), ALL).await.unwrap().pop().unwrap();
    let (item, applied) = store.act(held.id, Action::Release, at(8)).await.unwrap().unwrap();
    assert_eq!((item.state.as_str(), applied), ("waiting", true));
    assert!(store.act(Id::mint(at(9)), Action::Retry, at(9)).await.unwrap().is_none());
}

pub async fn a_standstill_is_why_things_wait(store: Subject) {
    store.enqueue(vec![Arc::new(notification(Class::Ordinary, at(0), "x"))]).await.unwrap();
    let cause = Cause::ReadOnly;
    let pause = Pause { flow: Flow::Relay, cause, reason: "no route".into(), since: at(1), until: at(9), failures: 1 };
    store.set_pause(Flow::Relay, Some(pause.clone())).await.unwrap();
    assert_eq!(store.pauses().await.unwrap(), [pause]);
    let waiting = store.queue(QueueFilter::default(), ALL).await.unwrap().pop().unwrap();
    assert_eq!(waiting.reason.as_deref(), Some("no route"));
    assert_eq!(store.queue_item(waiting.id).await.unwrap(), Some(waiting), "one by itself says it too");
    store.set_pause(Flow::Relay, None).await.unwrap();
    assert_eq!(store.pauses().await.unwrap(), []);
}

pub async fn retention_never_touches_what_waits(store: Subject) {
    let old = offer(at(0), vec![recipient(Intent::Reply, "done")], "a");
    store.offer(old, rules()).await.unwrap();
    let claim = store.claim_hand_overs(1, rules(), at(1)).await.unwrap().pop().unwrap();
    settle(&store, claim, Settlement::Done("ok".into()), at(2)).await;
    store.offer(offer(at(3), vec![recipient(Intent::Reply, "waits")], "b"), rules()).await.unwrap();
    store.enqueue(vec![Arc::new(notification(Class::Ordinary, at(4), "queued"))]).await.unwrap();
    let late = at(400 * 86_400);
    let horizon = Horizon { bodies_before: late, records_before: late, nodes_before: late, limit: 100 };
    let retired = store.retire(horizon).await.unwrap();
    assert_eq!((retired.bodies, retired.records), (1, 1));
    assert_eq!(store.retire(horizon).await.unwrap(), Default::default());
    assert_eq!(store.claim_hand_overs(10, rules(), at(5)).await.unwrap().len(), 1);
    assert_eq!(store.claim_deliveries(10, at(5)).await.unwrap().len(), 1);
}

pub async fn depths_count_what_waits(store: Subject) {
    store.offer(offer(at(0), vec![recipient(Intent::Reply, "r")], "x"), rules()).await.unwrap();
    store.enqueue(vec![Arc::new(notification(Class::Ordinary, at(4), "queued"))]).await.unwrap();
    let depths = store.depths().await.unwrap();
    assert_eq!((depths.waiting, depths.queued, depths.held), (1, 1, 0));
    assert_eq!((depths.oldest_waiting_at, depths.oldest_queued_at), (Some(at(0)), Some(at(4))));
}
