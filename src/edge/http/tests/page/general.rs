//! Changing the mode on its page: the confirmation, requests from scripts, and what a person sees
//! after a concurrent change.

use super::browser::token;
use super::{Answer, Door};
use crate::domain::mode::{State, Version};
use crate::domain::person::Role;
use crate::edge::http::tests::notification;
use crate::store::conformance::forget_down_to;
use crate::store::mode::ModeRows;

const PAGE: &str = "/admin/application_settings/general";

fn assert_says(answer: &Answer, status: u16, words: &[&str]) {
    assert_eq!(answer.status, status, "{}", answer.text);
    for word in words {
        assert!(answer.text.contains(word), "no {word:?} in {}", answer.text);
    }
}

#[tokio::test]
async fn turning_the_mode_on_says_first_in_numbers_what_will_happen_and_then_does_it() {
    let door = Door::open().await;
    for number in 0..4 {
        let kind = if number == 0 { "new_note" } else { "reset_password_instructions" };
        door.enqueue(&notification(kind, "ann@example.com")).await;
    }
    let mut root = door.signed_in("root", Role::Administrator).await;
    let fields = [
        ("version", "1"),
        ("maintenance_mode", "false"),
        ("maintenance_mode", "true"),
        ("maintenance_mode_message", "Back\r\nsoon"),
        ("maintenance_mode_until", "2026-12-01T04:00"),
    ];
    let asked = [&fields[..], &[("action", "review")]].concat();
    let review = root.post(PAGE, PAGE, &asked).await;
    let numbers = "deliveries queued, 3 of them to be suppressed (3 write-dependent).";
    assert_says(&review, 200, &[numbers, "Turn it on", "Back soon", "until <time datetime=\"2026-12-01T04:00:00Z\""]);
    assert_eq!(door.store.mode().await.unwrap().version, Version(1), "nothing is done yet");
    let done = root.post(PAGE, PAGE, &fields).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/admin"));
    let home = root.get("/admin").await;
    assert_says(&home, 200, &["Suppressed: 3 queued deliveries.", "Maintenance Mode is on", "Back soon"]);
    let mode = door.store.mode().await.unwrap();
    assert_eq!((mode.state, mode.message.as_deref(), mode.version), (State::On, Some("Back soon"), Version(2)));
    assert_eq!(mode.until, Some("2026-12-01T04:00:00Z".parse().unwrap()));
}

#[tokio::test]
async fn what_a_script_leaves_out_stays_and_the_mode_can_be_turned_off_while_it_is_on() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let on = root.post(PAGE, PAGE, &[("maintenance_mode", "true"), ("maintenance_mode_message", "x")]).await;
    assert_eq!(on.status, 303);
    let off = root.post(PAGE, PAGE, &[("maintenance_mode", "0")]).await;
    assert_eq!(off.status, 303);
    let mode = door.store.mode().await.unwrap();
    assert_eq!((mode.state, mode.message.as_deref(), mode.version), (State::Off, None, Version(3)));
    let same = root.post(PAGE, PAGE, &[("maintenance_mode", "off")]).await;
    assert_eq!((same.status.as_u16(), door.store.mode().await.unwrap().version), (303, Version(3)));
    let history = root.get("/admin/maintenance/history").await;
    assert_says(&history, 200, &["on a page", "Turned off, after", "Message: x", "root"]);
}

#[tokio::test]
async fn somebody_else_s_change_in_between_is_shown_and_not_overwritten() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    door.turn(State::On).await;
    let fields = [("version", "1"), ("maintenance_mode", "false"), ("maintenance_mode_message", "mine")];
    for asked in [&fields[..], &[&fields[..], &[("action", "review")]].concat()] {
        let moved = root.post(PAGE, PAGE, asked).await;
        assert_says(&moved, 412, &["somebody", "on the console", "mine", "name=\"version\" value=\"2\""]);
    }
    assert_eq!(door.store.mode().await.unwrap().version, Version(2));
    let mine =
        root.post(PAGE, PAGE, &[("version", "2"), ("action", "edit"), ("maintenance_mode_message", "mine")]).await;
    assert_says(&mine, 200, &["mine</textarea>", "value=\"2\""]);
}

#[tokio::test]
async fn a_form_that_was_sent_twice_finds_itself_saved_already() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let fields = [
        ("version", "1"),
        ("maintenance_mode", "true"),
        ("maintenance_mode_message", "Back soon"),
        ("maintenance_mode_until", "2026-12-01T04:00:30"),
    ];
    assert_eq!(root.post(PAGE, PAGE, &fields).await.status, 303);
    for fields in [&fields[..], &[&fields[..], &[("action", "review")]].concat()] {
        let twice = root.post(PAGE, PAGE, fields).await;
        assert_eq!((twice.status.as_u16(), twice.header("location")), (303, PAGE), "{}", twice.text);
        let said = "That is saved already, as version 2: maintenance mode is on.";
        assert_says(&root.get(PAGE).await, 200, &[said, "value=\"2026-12-01T04:00:30\""]);
    }
    assert_eq!(door.store.mode().await.unwrap().version, Version(2));
}

#[tokio::test]
async fn a_new_message_or_end_is_reviewed_too_and_the_button_says_what_it_does() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    root.post(PAGE, PAGE, &[("maintenance_mode", "true"), ("maintenance_mode_message", "Disks")]).await;
    let review = [("action", "review"), ("maintenance_mode", "true"), ("version", "2")];
    let ask = |message, until| {
        [&review[..], &[("maintenance_mode_message", message), ("maintenance_mode_until", until)]].concat()
    };
    for (message, until, words) in [
        ("Tapes", "", &["Change the message</button>", "Disks</dd>", "Tapes</dd>", "The banner"][..]),
        ("Disks", "2026-12-01T04:00", &["Set the end</button>", "none</span></dd>", "2026-12-01 04:00 UTC"]),
        ("", "2026-12-01T04:00", &["Remove the message and set the end</button>"]),
    ] {
        assert_says(&root.post(PAGE, PAGE, &ask(message, until)).await, 200, words);
    }
    assert_eq!(door.store.mode().await.unwrap().version, Version(2), "nothing is done yet");
    assert_eq!(root.post(PAGE, PAGE, &ask("Disks", "")).await.status, 303, "nothing is different");
    let off = root.post(PAGE, PAGE, &[("action", "review"), ("maintenance_mode", "false")]).await;
    assert_says(&off, 200, &["Turn Maintenance Mode off?", "Turn it off</button>"]);
}

#[tokio::test]
async fn a_script_s_plus_may_arrive_as_a_space() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let on = [("maintenance_mode", "true"), ("maintenance_mode_until", "2026-12-01T05:00:00 01:00")];
    assert_eq!(root.post(PAGE, PAGE, &on).await.status, 303);
    assert_eq!(door.store.mode().await.unwrap().until, Some("2026-12-01T04:00:00Z".parse().unwrap()));
    let window =
        [("action", "schedule"), ("starts_at", "2026-12-02T02:00 01:00"), ("ends_at", "2026-12-02T03:00+01:00")];
    assert_eq!(root.post(PAGE, PAGE, &window).await.status, 303);
    let list = root.get("/admin/suppressed_mails?since=2026-12-01T05:00:30+01:00").await;
    assert_says(&list, 200, &["value=\"2026-12-01T04:00:30\""]);
}

#[tokio::test]
async fn a_field_that_cannot_stand_is_shown_again_with_what_is_wrong() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let long = "ü".repeat(256);
    for (field, value, why) in [
        ("maintenance_mode_message", long.as_str(), "256 characters"),
        ("maintenance_mode_message", "a\u{7}b", "control character"),
        ("maintenance_mode_until", "tomorrow", "This is no time"),
        ("maintenance_mode_until", "9999-12-31T23:59:59Z", "too far away: the last time that can be kept is"),
        ("maintenance_mode_until", "2020-01-01T00:00", "in the past"),
    ] {
        for action in ["review", ""] {
            let fields = [("maintenance_mode", "true"), (field, value), ("action", action)];
            let wrong = root.post(PAGE, PAGE, &fields).await;
            assert_says(&wrong, 422, &[why, "role=\"alert\"", "aria-invalid=\"true\""]);
        }
    }
    for fields in [[("maintenance_mode", "perhaps")], [("action", "dance")], [("version", "x")]] {
        assert_eq!(root.post(PAGE, PAGE, &fields).await.status, 422);
    }
    assert_eq!(door.store.mode().await.unwrap().version, Version(1));
}

#[tokio::test]
async fn an_end_that_passed_does_not_keep_the_message_from_being_changed() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    root.post(PAGE, PAGE, &[("maintenance_mode", "true"), ("maintenance_mode_until", "2026-12-01T00:30")]).await;
    door.clock.advance(std::time::Duration::from_secs(3600));
    let fields = [("version", "2"), ("maintenance_mode", "true"), ("maintenance_mode_message", "Longer than planned")];
    let late = root.post(PAGE, PAGE, &[&fields[..], &[("maintenance_mode_until", "2026-12-01T00:30")]].concat()).await;
    assert_eq!(late.status, 303, "{}", late.text);
    assert_says(
        &root.get("/admin").await,
        200,
        &["Maintenance was to be over at", "2026-12-01 00:30 UTC</time>, 30 min ago"],
    );
}

#[tokio::test]
async fn an_auditor_reads_the_settings_and_changes_nothing() {
    let door = Door::open().await;
    let mut eve = door.signed_in("eve", Role::Auditor).await;
    let page = eve.get(PAGE).await;
    assert_says(&page, 200, &["You are signed in as an auditor", "<button disabled", "Save changes"]);
    assert!(!page.text.contains("value=\"review\""), "a button that cannot work looks so");
    let csrf = token(&page);
    let refused = eve.post_bare(PAGE, &[], &[("maintenance_mode", "true"), ("csrf", &csrf)]).await;
    assert_eq!((refused.status.as_u16(), door.store.mode().await.unwrap().version), (403, Version(1)));
}

#[tokio::test]
async fn the_preview_shows_the_banner_as_it_would_be_escaped() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let query = "maintenance_mode_message=%3Cscript%3E&maintenance_mode_until=2026-12-01T04:00";
    let preview = root.get(&format!("{PAGE}/preview?{query}")).await;
    assert_says(&preview, 200, &["&#60;script&#62;", "2026-12-01 04:00 UTC"]);
    assert!(!preview.text.contains("<html"));
}

#[tokio::test]
async fn a_window_is_scheduled_listed_and_cancelled() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let window = [
        ("action", "schedule"),
        ("starts_at", "2026-12-02T02:00"),
        ("ends_at", "2026-12-02T04:00"),
        ("message", "<b>Move</b>"),
        ("auto_off", "true"),
    ];
    assert_eq!(root.post(PAGE, PAGE, &window).await.status, 303);
    let page = root.get(PAGE).await;
    assert_says(
        &page,
        200,
        &["A window is scheduled from 2026-12-02 02:00 UTC", "goes off by itself", "&#60;b&#62;Move"],
    );
    let overlapping = root.post(PAGE, PAGE, &window).await;
    assert_says(&overlapping, 422, &["overlaps", "value=\"2026-12-02T02:00\""]);
    let missing = root.post(PAGE, PAGE, &[("action", "schedule"), ("ends_at", "2026-12-03T01:00")]).await;
    assert_says(&missing, 422, &["The time is missing", "starts-wrong"]);
    assert!(!missing.text.contains("``"), "{}", missing.text);
    let backwards = [("action", "schedule"), ("starts_at", "2026-12-03T02:00"), ("ends_at", "2026-12-03T01:00")];
    assert_says(&root.post(PAGE, PAGE, &backwards).await, 422, &["ends-wrong"]);
    let id = page.text.split("name=\"id\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    door.turn(State::On).await;
    let cancelled = root.post(PAGE, PAGE, &[("action", "cancel"), ("id", &id)]).await;
    assert_eq!(cancelled.status, 303, "planning goes on in the mode");
    assert_says(&root.get(PAGE).await, 200, &["The window is cancelled.", "No window is planned."]);
}

#[tokio::test]
async fn after_the_store_went_back_an_administrator_says_on_the_page_what_holds() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    root.post(PAGE, PAGE, &[("maintenance_mode_message", "Back soon")]).await;
    forget_down_to(&door.parts.store, Version(9)).await;
    let elsewhere = root.get("/admin/queues").await;
    assert_says(&elsewhere, 200, &["Nobody knows whether Maintenance Mode is on", "Say what holds"]);
    assert_eq!(root.get("/admin").await.header("location"), PAGE);
    let record = ["What this store has on record", "off, since", "version 2", "Back soon", "It is on", "It is off"];
    assert_says(&root.get(PAGE).await, 503, &["version 9 was seen before"]);
    assert_says(&root.get(PAGE).await, 503, &record);
    assert_eq!(root.post(PAGE, PAGE, &[("maintenance_mode_message", "x")]).await.status, 422);
    assert_eq!(root.post(PAGE, PAGE, &[("maintenance_mode", "true")]).await.status, 303);
    let mode = door.store.mode().await.unwrap();
    assert_eq!((mode.state, mode.version), (State::On, Version(10)));
    assert_says(&root.get("/admin").await, 200, &["Maintenance mode is on, as version 10"]);
    // Do it again. Only the version differs, so only it shows that the mode was set again.
    forget_down_to(&door.parts.store, Version(20)).await;
    assert_eq!(root.post(PAGE, PAGE, &[("maintenance_mode", "true")]).await.status, 303);
    assert_says(
        &root.get("/admin/maintenance/history").await,
        200,
        &["21", "Said again that it is on: the store had gone back"],
    );
}

#[tokio::test]
async fn without_a_store_every_page_answers_503_in_html() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let csrf = token(&root.get(PAGE).await);
    door.store.close().await;
    for page in [
        PAGE,
        "/admin",
        "/admin/standing",
        "/admin/suppressed_mails",
        "/admin/suppressed_mails.csv",
        "/admin/incoming_mails",
        "/admin/queues",
        "/admin/background_jobs",
        "/admin/maintenance/history",
    ] {
        let answer = root.get(page).await;
        assert!(answer.header("content-type").starts_with("text/html"), "{page}");
        assert_says(&answer, 503, &["Not available now"]);
    }
    let refused = root.post_bare(PAGE, &[], &[("maintenance_mode", "true"), ("csrf", &csrf)]).await;
    assert_says(&refused, 503, &["Not available now"]);
}
