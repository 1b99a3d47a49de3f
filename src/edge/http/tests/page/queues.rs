//! Actions on many queue items at once: first reviewed, then done as reviewed.

use super::browser::Browser;
use super::{Answer, Door};
use crate::clock::Clock;
use crate::domain::failure::Failure;
use crate::domain::mode::State;
use crate::domain::person::Role;
use crate::edge::http::tests::notification;
use crate::store::claim::Settlement;
use crate::store::desk::{DeskStore, IncomingFilter, Page, QueueFilter};
use crate::store::notification::NotificationStore;
use futures_util::FutureExt;
use std::time::Duration;

const ALL: Page = Page { limit: 100, after: None };
const ADDRESS: &str = "incoming+group-project-20-s3cr3tkey-issue@localhost";
const MASK: &str = "incoming+group-project-20-…-issue@localhost";
const RETRY: &str = "/admin/queues/all/retry?state=failed";

fn assert_says(answer: &Answer, status: u16, words: &[&str]) {
    assert_eq!(answer.status, status, "{}", answer.text);
    for word in words {
        assert!(answer.text.contains(word), "no {word:?} in {}", answer.text);
    }
}

/// Deliveries that the smarthost refused permanently, and mail that waits, with the mode on.
async fn refused(number: i64) -> Door {
    let door = Door::open().await;
    refuse(&door, number).await;
    door.receive(ADDRESS, MASK, "first").await;
    door.turn(State::On).await;
    door
}

async fn refuse(door: &Door, number: i64) {
    for place in 0..number {
        door.enqueue(&notification("new_note", &format!("to{place}@example.com"))).await;
    }
    for claim in door.store.claim_deliveries(number, door.clock.now()).await.unwrap() {
        let settlement = Settlement::Failed(Failure::permanent("550 no such user"));
        door.store.settle_delivery(claim, settlement, door.clock.now()).await.unwrap();
    }
}

/// The hidden fields of the review's form.
fn fields(review: &Answer) -> Vec<(String, String)> {
    let form =
        review.text.split("action=\"/admin/queues/all/").nth(1).expect("a form").split("</form>").next().unwrap();
    let value = |part: &str, name: &str| {
        let rest = part.split(&format!("{name}=\"")).nth(1)?;
        rest.split('"').next().map(|text| text.replace("&#60;", "<").replace("&#62;", ">"))
    };
    form.split("<input ").filter_map(|part| Some((value(part, "name")?, value(part, "value")?))).collect()
}

async fn confirm(root: &mut Browser<'_>, action: &str, review: &Answer) -> Answer {
    let fields = fields(review);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    root.post_bare(&format!("/admin/queues/all/{action}"), &[], &fields).await
}

async fn states(door: &Door) -> Vec<String> {
    let items = door.store.queue(QueueFilter::default(), ALL).await.unwrap();
    let mut states: Vec<_> = items.into_iter().map(|item| format!("{} {}", item.queue, item.state)).collect();
    states.sort();
    states
}

#[tokio::test]
async fn all_that_failed_is_retried_after_a_review_in_the_mode_too() {
    let door = refused(2).await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    assert_says(&root.get("/admin/queues").await, 200, &["Retry all failed…", RETRY]);
    let review = root.get(RETRY).await;
    assert_says(
        &review,
        200,
        &["Nothing has been done yet", "failed deliveries: queued again, and tried now.", "failed</dd>"],
    );
    assert_says(&review, 200, &["Retry 2 deliveries</button>", "what comes later is not touched"]);
    assert_eq!(states(&door).await, ["delivery failed", "delivery failed", "recipient waiting"], "nothing is done yet");
    let _ = door.parts.wake_deliveries.notified().now_or_never();
    let done = confirm(&mut root, "retry", &review).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/admin/queues?state=failed"));
    assert_says(&root.get("/admin/queues").await, 200, &["2 deliveries are tried again now."]);
    assert_eq!(states(&door).await, ["delivery queued", "delivery queued", "recipient waiting"]);
    assert!(door.parts.wake_deliveries.notified().now_or_never().is_some(), "the workers hear of it");
    let twice = confirm(&mut root, "retry", &review).await;
    assert_eq!(twice.status, 303);
    assert_says(&root.get("/admin/queues").await, 200, &["Nothing is tried again now: what you saw had moved on"]);
}

#[tokio::test]
async fn what_fails_after_the_review_is_reviewed_before_anything_is_done() {
    let door = refused(2).await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    door.enqueue(&notification("new_note", "slow@example.com")).await;
    let claim = door.store.claim_deliveries(1, door.clock.now()).await.unwrap().pop().unwrap();
    let review = root.get("/admin/queues/all/cancel?type=delivery&state=failed").await;
    let settlement = Settlement::Failed(Failure::permanent("550 no such user"));
    door.store.settle_delivery(claim, settlement, door.clock.now()).await.unwrap();
    let again = confirm(&mut root, "cancel", &review).await;
    assert_says(&again, 412, &["it was 2 in all, and now it is 3", "Cancel 3 deliveries</button>"]);
    assert_eq!(states(&door).await.iter().filter(|state| *state == "delivery failed").count(), 3);
    assert_eq!(confirm(&mut root, "cancel", &again).await.status, 303);
    assert_says(&root.get("/admin/queues").await, 200, &["3 deliveries are cancelled."]);
    assert_eq!(states(&door).await, ["recipient waiting"]);
}

#[tokio::test]
async fn a_cancel_by_filter_touches_neither_what_came_later_nor_what_the_filter_leaves_out() {
    let door = refused(0).await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    for to in ["ann@example.com", "ann@example.com", "bob@example.com"] {
        door.enqueue(&notification("new_note", to)).await;
    }
    let found = root.get("/admin/queues?search=ann%40example.com").await;
    let way = "/admin/queues/all/cancel?recipient=ann%40example.com";
    assert_says(&found, 200, &["Cancel these…", way, "value=\"ann@example.com\""]);
    assert!(!found.text.contains("bob@example.com"));
    assert!(!root.get("/admin/queues").await.text.contains("Cancel these…"), "without a filter everything would go");
    let review = root.get(way).await;
    assert_says(
        &review,
        200,
        &["queued deliveries: taken out for good", "ann@example.com</dd>", "Cancel 2 deliveries"],
    );
    door.clock.advance(Duration::from_secs(1));
    door.enqueue(&notification("new_note", "ann@example.com")).await;
    confirm(&mut root, "cancel", &review).await;
    assert_says(&root.get("/admin/queues").await, 200, &["2 deliveries are cancelled."]);
    assert_eq!(states(&door).await, ["delivery queued", "delivery queued", "recipient waiting"]);
    let nothing = root.get("/admin/queues/all/cancel?recipient=nobody%40example.com").await;
    assert_says(&nothing, 200, &["Nothing matches", "Go back"]);
    assert!(!nothing.text.contains("action=\"/admin/queues/all"));
    assert_eq!(root.get("/admin/queues/all/dance").await.status, 404);
    assert_eq!(root.get("/admin/queues/all/cancel?state=asleep").await.status, 422);
}

#[tokio::test]
async fn held_mail_is_released_together_and_no_key_is_shown() {
    let door = refused(0).await;
    let hold = std::sync::Arc::new(crate::policy::rules::Rules {
        incoming: crate::policy::rules::Treatment::Hold,
        ..crate::policy::rules::Rules::default()
    });
    door.receive_under(ADDRESS, MASK, "held", hold).await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    assert_says(&root.get("/admin/queues?state=held").await, 200, &["Release these…", "Cancel these…"]);
    let path = format!("/admin/queues/all/release?state=held&recipient={}", ADDRESS.replace('+', "%2B"));
    let review = root.get(&path).await;
    assert_says(&review, 200, &["held mail: handed over to the application, although", "Release 1 mail</button>"]);
    confirm(&mut root, "release", &review).await;
    assert_says(&root.get("/admin/queues").await, 200, &["1 mail is released."]);
    assert_eq!(states(&door).await, ["recipient waiting", "recipient waiting"]);
}

#[tokio::test]
async fn only_an_administrator_from_a_page_of_ours_confirms() {
    let door = refused(1).await;
    let mut eve = door.signed_in("eve", Role::Auditor).await;
    assert!(!eve.get("/admin/queues").await.text.contains("Retry all failed…"));
    let review = eve.get(RETRY).await;
    assert_says(&review, 200, &["disabled", "an auditor, who may read everything"]);
    assert_eq!(confirm(&mut eve, "retry", &review).await.status, 403);
    let mut root = door.signed_in("root", Role::Administrator).await;
    let mut forged = fields(&root.get(RETRY).await);
    forged.retain(|(name, _)| name != "csrf");
    let forged: Vec<_> = forged.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(root.post_bare("/admin/queues/all/retry", &[], &forged).await.status, 403);
    let csrf = super::browser::token(&root.get(RETRY).await);
    let without = root.post_bare("/admin/queues/all/retry", &[], &[("csrf", &csrf), ("state", "failed")]).await;
    assert_eq!(without.status, 422, "no review, no action");
    assert_eq!(states(&door).await, ["delivery failed", "recipient waiting"]);
}

#[tokio::test]
async fn the_search_of_the_queues_takes_whatever_is_known() {
    let door = refused(2).await;
    let mut eve = door.signed_in("eve", Role::Auditor).await;
    let items = door.store.queue(QueueFilter::default(), ALL).await.unwrap();
    let ids: Vec<_> = items.iter().map(|item| item.id.to_string()).collect();
    let mail = door.store.incoming(IncomingFilter::default(), ALL).await.unwrap().remove(0).mail_id.to_string();
    let dotted = MASK.replace('…', "...");
    for (sought, shown) in [
        ("to1@example.com", "to1@example.com</td>"),
        (ADDRESS, MASK),
        (MASK, MASK),
        (dotted.as_str(), MASK),
        ("ann@example.com", MASK),
        ("<first>", MASK),
        (mail.as_str(), MASK),
        (ids[0].as_str(), ids[0].as_str()),
    ] {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("search", sought).finish();
        let page = eve.get(&format!("/admin/queues?{query}")).await;
        assert_says(&page, 200, &[shown, "Show all"]);
        let rows = page.text.matches("<th scope=\"row\"").count();
        assert_eq!(rows, 1, "{sought}: {}", page.text);
    }
    let nothing = eve.get("/admin/queues?search=bob%40example.com").await;
    assert_says(&nothing, 200, &["Nothing here.", "value=\"bob@example.com\""]);
    assert_eq!(eve.get("/admin/queues?id=x").await.status, 422);
}
