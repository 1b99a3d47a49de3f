//! What all pages share: headers, banner, files, and no inline code that runs.

use super::Door;
use crate::clock::Clock;
use crate::domain::mode::{Change, How, State};
use crate::domain::person::Role;
use crate::store::mode::{Author, ModeStore};
use axum::http::Method;

const PAGES: &[&str] = &[
    "/admin",
    "/admin/suppressed_mails",
    "/admin/incoming_mails",
    "/admin/background_jobs",
    "/admin/queues",
    "/admin/maintenance/history",
    "/admin/application_settings/general",
    "/admin/users",
    "/admin/sessions",
    "/admin/tokens",
    "/users/password",
    "/admin/nowhere",
    "/users/x",
];

#[tokio::test]
async fn no_page_holds_a_script_or_style_and_none_lets_one_in() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let message = "</span><script>alert(1)</script><img src=x onerror=alert(1)> \"'&";
    let until = door.clock.now() + jiff::SignedDuration::from_hours(2);
    let change = Change { state: Some(State::On), message: Some(Some(message.into())), until: Some(Some(until)) };
    let author = Author { name: "ann".into(), how: How::Console };
    door.store.change_mode(change, None, author, door.clock.now()).await.unwrap();
    for path in PAGES {
        let page = root.get(path).await;
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"));
        assert_eq!((page.header("referrer-policy"), page.header("cache-control")), ("same-origin", "no-store"));
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert!(page.text.contains("&#60;script&#62;alert(1)"), "{path}: the banner is missing");
        assert!(page.text.contains("2026-12-01 02:00 UTC"), "{path}: the planned end is missing");
        for open in ["<script>", "<img src=x", " style=", " onclick", " onload", "<style", "javascript:"] {
            assert!(!page.text.contains(open), "{path} holds {open}: {}", page.text);
        }
    }
}

#[tokio::test]
async fn files_are_kept_for_ever_under_a_name_of_their_content() {
    let door = Door::open().await;
    let mut browser = door.browser();
    let page = browser.get("/users/sign_in").await;
    let files: Vec<_> = page.text.split('"').filter(|word| word.starts_with("/assets/")).collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        let answer = door.ask("GET", file, "", &[], "").await;
        assert_eq!(answer.status, 200, "{file}");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        assert!(!answer.text.contains("@import") && !answer.text.contains("url("), "{file} refers elsewhere");
        let tag = [("If-None-Match", answer.header("etag"))];
        let known = door.ask("GET", file, "", &tag, "").await;
        assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""));
    }
    for nothing in ["/assets/style.css", "/assets/..%2fmod.rs", "/assets/", "/assets/style-0000000000000000.css"] {
        let answer = door.ask("GET", nothing, "", &[], "").await;
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (404, "no-store"), "{nothing}");
    }
}

#[tokio::test]
async fn a_person_gets_a_page_and_a_program_gets_a_problem() {
    let door = Door::open().await;
    let html = [("Accept", "text/html,application/xhtml+xml")];
    for (path, headers, is_page) in [
        ("/nowhere", &html[..], true),
        ("/nowhere", &[], false),
        ("/admin/nowhere", &[], true),
        ("/users", &[], true),
        ("/administrator", &[], false),
        ("/api/v4/nowhere", &html, false),
        ("/api/v4/queue", &html, false),
        ("/-/nowhere", &html, false),
    ] {
        let answer = door.ask("GET", path, "", headers, "").await;
        let kind = answer.header("content-type");
        let wanted = if is_page { "text/html; charset=utf-8" } else { "application/problem+json" };
        assert_eq!(kind, wanted, "{path}");
        assert!(!answer.header("x-request-id").is_empty());
        assert!(
            !is_page || !answer.text.contains("/api/v4") && !answer.text.contains("class=\"flash"),
            "{}",
            answer.text
        );
    }
}

#[tokio::test]
async fn pages_take_no_other_method_and_answer_head_without_a_body() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    for path in PAGES {
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let answer = root.send(method.as_str(), path, &[], String::new()).await;
            assert!([404, 405].contains(&answer.status.as_u16()), "{method} {path}");
        }
    }
    let head = root.send("HEAD", "/admin/users", &[], String::new()).await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
}

#[tokio::test]
async fn a_script_is_led_on_by_a_header_and_never_shows_one_page_inside_another() {
    let door = Door::open().await;
    let mut browser = door.browser();
    let answer = browser.send("GET", "/admin/users", &[("HX-Request", "true")], String::new()).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, ""));
    assert_eq!(answer.header("hx-redirect"), "/users/sign_in?return_to=%2Fadmin%2Fusers");
}
