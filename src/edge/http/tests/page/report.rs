//! The reports, queues, history and jobs as pages: what they show to which role, and that no text
//! from a stranger runs as code.

use super::{Answer, Door};
use crate::clock::Clock;
use crate::domain::mode::State;
use crate::domain::person::Role;
use crate::edge::http::tests::notification;
use crate::store::desk::{DeskStore, IncomingFilter, Page, QueueFilter, SuppressedFilter};
use serde_json::json;

const NASTY: &str = "</td><script>alert(1)</script><img src=x onerror=alert(2)> \"'";
const ADDRESS: &str = "incoming+group-project-20-s3cr3tkey-issue@localhost";
const MASK: &str = "incoming+group-project-20-…-issue@localhost";
const ALL: Page = Page { limit: 100, after: None };

fn assert_says(answer: &Answer, words: &[&str]) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    for word in words {
        assert!(answer.text.contains(word), "no {word:?} in {}", answer.text);
    }
}

fn assert_harmless(path: &str, answer: &Answer) {
    for open in ["<script>", "<img src=x", " style=", " onerror=alert(2)>"] {
        assert!(!answer.text.contains(open), "{path} holds {open}: {}", answer.text);
    }
}

/// A gateway with the mode on, and with mail from before and after the change. All texts are
/// hostile.
async fn busy() -> Door {
    let door = Door::open().await;
    door.receive(ADDRESS, MASK, NASTY).await;
    let mut queued = notification("new_note", "bob@example.com");
    queued["subject"] = json!(NASTY);
    door.enqueue(&queued).await;
    door.turn(State::On).await;
    door.receive(ADDRESS, MASK, "second").await;
    for (kind, to) in [("prometheus_alert_fired", "ann@example.com"), (NASTY, "cid@example.com")] {
        let mut body = notification(kind, to);
        (body["subject"], body["reference"]) = (json!(NASTY), json!(NASTY));
        door.enqueue(&body).await;
    }
    door.enqueue(&notification("reset_password_instructions", "ann@example.com")).await;
    door
}

#[tokio::test]
async fn the_report_lists_counts_narrows_and_is_the_same_as_a_file() {
    let door = busy().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let total = door.store.suppressed(SuppressedFilter::default(), ALL).await.unwrap().len();
    let page = root.get("/admin/suppressed_mails").await;
    let sum = format!("<strong>{total}</strong> deliveries suppressed");
    assert_says(&page, &[&sum, "The reset_password_instructions", "ann@example.com", "not kept", "ask for it anew"]);
    assert_says(&page, &["?class=paging\"", "?mode_version=2\"", "role=\"img\"", "per hour, UTC"]);
    let narrow = root.get("/admin/suppressed_mails?class=paging&recipient=ann%40example.com").await;
    assert_says(&narrow, &["<strong>1</strong> delivery suppressed", "aria-current=\"true\"", "Show all"]);
    assert_says(&narrow, &["/admin/suppressed_mails.csv?class=paging&#38;recipient=ann%40example.com"]);
    let csv = root.get("/admin/suppressed_mails.csv?class=paging&since=2026-12-01T00:00&per_page=1").await;
    assert_eq!((csv.status.as_u16(), csv.text.lines().count()), (200, 2), "{}", csv.text);
    assert!(csv.header("content-disposition").contains("suppressed_mails.csv"));
    let ndjson = root.get("/admin/suppressed_mails.ndjson").await;
    assert_eq!((ndjson.lines().len(), ndjson.header("content-type")), (total, "application/x-ndjson"));
    let none = root.get("/admin/suppressed_mails?kind=nothing").await;
    assert_says(&none, &["Nothing was suppressed that fits."]);
    assert_eq!(root.get("/admin/suppressed_mails?since=soon").await.status, 422);
    let paged = root.get("/admin/suppressed_mails?per_page=1").await;
    assert_says(&paged, &["rel=\"next\""]);
}

#[tokio::test]
async fn one_suppressed_mail_says_why_and_which_change_caused_it() {
    let door = busy().await;
    let mut eve = door.signed_in("eve", Role::Auditor).await;
    for row in door.store.suppressed(SuppressedFilter::default(), ALL).await.unwrap() {
        let path = format!("/admin/suppressed_mails/{}", row.id);
        let page = eve.get(&path).await;
        assert_says(&page, &["Why it did not leave", "somebody, on the console", "version 2"]);
        assert_harmless(&path, &page);
    }
    assert_eq!(eve.get("/admin/suppressed_mails/nothing").await.status, 404);
}

#[tokio::test]
async fn the_search_of_incoming_mail_takes_whatever_is_known() {
    let door = busy().await;
    let mut eve = door.signed_in("eve", Role::Auditor).await;
    let row = door.store.incoming(IncomingFilter::default(), ALL).await.unwrap().remove(0);
    let (id, mail_id) = (row.id.to_string(), row.mail_id.to_string());
    let dotted = MASK.replace('…', "...");
    for (sought, found_by) in [
        (ADDRESS, "with this recipient"),
        (MASK, "with this recipient"),
        (dotted.as_str(), "with this recipient"),
        ("ann@example.com", "with this sender"),
        (id.as_str(), "with this id"),
        (mail_id.as_str(), "with this id"),
    ] {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("search", sought).finish();
        let page = eve.get(&format!("/admin/incoming_mails?{query}")).await;
        assert_says(&page, &[found_by, MASK, "/admin/incoming_mails.csv?"]);
        assert_harmless(sought, &page);
        let csv = eve.get(&format!("/admin/incoming_mails.csv?{query}")).await;
        assert!(csv.text.contains(&id), "{sought}: {}", csv.text);
    }
    let nothing = eve.get("/admin/incoming_mails?search=bob%40example.com").await;
    assert_says(&nothing, &["Nothing came in that fits.", "value=\"bob@example.com\""]);
    assert_says(&eve.get(&format!("/admin/incoming_mails/{mail_id}")).await, &["What was decided, and why"]);
}

#[tokio::test]
async fn incoming_mail_is_shown_masked_with_what_was_decided() {
    let door = busy().await;
    let mut eve = door.signed_in("eve", Role::Auditor).await;
    let page = eve.get("/admin/incoming_mails").await;
    assert_says(
        &page,
        &[MASK, "accepted", "refused", "New issue", "?verdict=refuse\"", "<strong>2</strong> recipients"],
    );
    let found = eve.get(&format!("/admin/incoming_mails?recipient={}", ADDRESS.replace('+', "%2B"))).await;
    assert_says(&found, &["<strong>2</strong> recipients"]);
    for row in door.store.incoming(IncomingFilter::default(), ALL).await.unwrap() {
        let path = format!("/admin/incoming_mails/{}", row.id);
        let one = eve.get(&path).await;
        assert_says(&one, &[MASK, "What was decided, and why", "Message-ID"]);
        assert!(!one.text.contains("s3cr3tkey") && !one.text.contains("secret-key"));
        assert_harmless(&path, &one);
    }
    for file in ["csv", "ndjson"] {
        let whole = eve.get(&format!("/admin/incoming_mails.{file}?verdict=refuse")).await;
        assert!(whole.status == 200 && whole.text.contains(MASK) && !whole.text.contains("s3cr3tkey"));
    }
}

#[tokio::test]
async fn what_waits_is_retried_released_and_cancelled_also_in_the_mode() {
    let door = busy().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let page = root.get("/admin/queues").await;
    assert_says(&page, &["The new_note", "bob@example.com", "queued", "Retry", "Cancel…", "New issue"]);
    let items = door.store.queue(QueueFilter::default(), ALL).await.unwrap();
    let delivery = items.iter().find(|item| item.state == "queued").unwrap().id.to_string();
    assert_says(&root.get(&format!("/admin/queues/{delivery}")).await, &["Nothing was tried yet.", "Try again now"]);
    let retried = root.post("/admin/queues", "/admin/queues/retry", &[("id", &delivery)]).await;
    assert_eq!((retried.status.as_u16(), retried.header("location")), (303, "/admin/queues"));
    assert_says(&root.get("/admin/queues").await, &["The delivery to bob@example.com is tried again now."]);
    for (action, said) in [("cancel", "is cancelled."), ("cancel", "does not apply"), ("release", "does not apply")] {
        root.post("/admin/queues", &format!("/admin/queues/{action}"), &[("id", &delivery)]).await;
        assert_says(&root.get("/admin/queues").await, &[said]);
    }
    assert_eq!(root.post("/admin/queues", "/admin/queues/retry", &[("id", "x")]).await.status, 404);
    let one = root.get("/admin/queues?type=delivery&state=failed").await;
    assert_says(&one, &["Nothing here.", "aria-current=\"true\""]);
}

#[tokio::test]
async fn an_auditor_sees_queues_and_jobs_and_moves_nothing() {
    let door = busy().await;
    let mut eve = door.signed_in("eve", Role::Auditor).await;
    let page = eve.get("/admin/queues").await;
    assert_says(&page, &["an auditor, who may read everything", "disabled"]);
    assert!(!page.text.contains("Cancel it"));
    for (page, path) in
        [("/admin/queues", "/admin/queues/retry"), ("/admin/background_jobs", "/admin/background_jobs/pause")]
    {
        assert_eq!(eve.post(page, path, &[("id", "x"), ("name", "retention")]).await.status, 403);
    }
}

#[tokio::test]
async fn a_job_is_paused_and_resumed_also_in_the_mode() {
    let door = busy().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let path = "/admin/background_jobs";
    assert_says(&root.get(path).await, &["retention", "window_keeper", "not yet", "Pause"]);
    assert_eq!(root.post(path, "/admin/background_jobs/pause", &[("name", "retention")]).await.status, 303);
    assert_says(&root.get(path).await, &["The job retention is paused.", "by root", "when it is resumed", "Resume"]);
    assert_eq!(root.post(path, "/admin/background_jobs/resume", &[("name", "retention")]).await.status, 303);
    assert_eq!(root.post(path, "/admin/background_jobs/pause", &[("name", "dance")]).await.status, 404);
}

#[tokio::test]
async fn what_is_chosen_by_an_alias_or_with_zeros_is_counted_where_it_stands() {
    let door = busy().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    for asked in
        ["suppressed_mails?kind=alert_email", "suppressed_mails?mode_version=02", "incoming_mails?mode_version=02"]
    {
        let page = root.get(&format!("/admin/{asked}")).await;
        assert_says(&page, &["aria-current=\"true\""]);
        assert!(!page.text.contains("<span class=\"count\">0</span>"), "{}", page.text);
    }
}

#[tokio::test]
async fn all_jobs_are_paused_and_resumed_by_one_button_and_those_left_paused_are_a_concern() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let (path, all) = ("/admin/background_jobs", [("all", "true")]);
    assert!(!root.get(path).await.text.contains("Resume all"));
    assert_eq!(root.post(path, "/admin/background_jobs/pause", &all).await.status, 303);
    let paused = root.get(path).await;
    assert_says(&paused, &["All jobs are paused.", "Resume all"]);
    assert!(!paused.text.contains("Pause all"));
    let words = "The background jobs dedup_expiry, retention, summary_upkeep and window_keeper are still paused.";
    assert_says(&root.get("/admin").await, &[words]);
    let ready = door.get("/-/readiness").await.json();
    assert_eq!(ready["problems"], json!([format!("{words} Resume when the pause is over.")]));
    root.post(path, "/admin/background_jobs/resume", &all).await;
    assert!(!root.get("/admin").await.text.contains("still paused"));
    assert_eq!(door.get("/-/readiness").await.json()["problems"], json!([]));
}

#[tokio::test]
async fn no_list_lets_a_stranger_s_words_run() {
    let door = busy().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let query: String = url::form_urlencoded::byte_serialize(NASTY.as_bytes()).collect();
    for page in ["suppressed_mails", "incoming_mails", "queues", "background_jobs", "maintenance/history", ""] {
        for asked in [format!("/admin/{page}"), format!("/admin/{page}?recipient={query}&kind={query}&cursor=")] {
            let answer = root.get(asked.trim_end_matches('/')).await;
            assert!([200, 404].contains(&answer.status.as_u16()), "{asked}: {}", answer.text);
            assert_harmless(&asked, &answer);
        }
    }
}

#[tokio::test]
async fn the_overview_says_how_far_a_maintenance_is_and_sends_nothing_twice() {
    let door = busy().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let page = root.get("/admin").await;
    assert_says(&page, &["Maintenance Mode is on", "Not drained yet", "accepted mail is still to be handed over"]);
    assert_says(&page, &["Mail in, last 24 hours", "Mail in over the last 24 hours", "suppressed", "Turn it off…"]);
    let part = page.text.split("hx-get=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let same = root.get(&part).await;
    assert_eq!((same.status.as_u16(), same.text.as_str()), (204, ""));
    door.turn(State::Off).await;
    let other = root.get(&part).await;
    assert_says(&other, &["Maintenance Mode is off", "id=\"live\""]);
    assert!(!other.text.contains("<html"));
    let mut eve = door.signed_in("eve", Role::Auditor).await;
    assert!(!eve.get("/admin").await.text.contains("Turn it on…"));
}

#[tokio::test]
async fn a_standstill_stands_on_the_overview_with_its_remedy() {
    use crate::store::pause::{Cause, Flow, Pause};
    let door = busy().await;
    let now = door.clock.now();
    let reason = format!("no answer {NASTY}");
    let pause = Pause { flow: Flow::HandOver, cause: Cause::ReadOnly, reason, since: now, until: now, failures: 1 };
    door.store.set_pause(Flow::HandOver, Some(pause)).await.unwrap();
    let mut root = door.signed_in("root", Role::Administrator).await;
    let page = root.get("/admin").await;
    assert_says(&page, &["The application has refused all mail since", "is in a maintenance of its own"]);
    assert_harmless("/admin", &page);
    assert_says(&root.get("/admin/queues").await, &["The application takes no mail"]);
}

#[tokio::test]
async fn the_banner_for_the_application_says_what_it_needs_and_is_kept_by_version() {
    let door = Door::open().await;
    let path = "/api/v4/maintenance/banner";
    door.put("/api/v4/application/settings?maintenance_mode=false&maintenance_mode_message=later").await;
    let off = door.ask("GET", path, "", &[], "").await;
    assert_eq!(
        (off.status.as_u16(), off.json()["mode"].clone(), off.json()["message"].clone()),
        (200, json!("off"), json!(null))
    );
    door.put("/api/v4/application/settings?maintenance_mode=true&maintenance_mode_until=2026-12-01T04:00:00Z").await;
    let on = door.ask("GET", path, "", &[], "").await;
    let expected = json!({
        "mode": "on", "version": 3, "message": "later", "since": "2026-12-01T00:00:00.000000Z", "until": "2026-12-01T04:00:00.000000Z",
    });
    assert_eq!((on.json(), on.header("etag"), on.header("cache-control")), (expected, "\"3\"", "no-cache"));
    let known = door.ask("GET", path, "", &[("If-None-Match", "\"3\"")], "").await;
    assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""));
}
