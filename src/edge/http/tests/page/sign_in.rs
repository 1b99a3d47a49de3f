//! Signing in, and the attempts that must fail.

use super::browser::token;
use super::{Door, PASSWORD};
use crate::clock::Clock;
use crate::domain::mode::State;
use crate::domain::person::Role;
use crate::store::person::PersonStore;
use std::time::Duration;

const SESSION: &str = "__Host-postern_session";
const SIGN_IN: &str = "/users/sign_in";

#[tokio::test]
async fn a_page_leads_to_sign_in_and_from_there_back_to_it() {
    let door = Door::open().await;
    door.person("root", Role::Administrator).await;
    let mut browser = door.browser();
    let led = browser.get("/admin/users?a=b").await;
    assert_eq!(led.header("location"), "/users/sign_in?return_to=%2Fadmin%2Fusers%3Fa%3Db");
    let form = browser.get(led.header("location")).await;
    assert!(form.text.contains("name=\"return_to\" value=\"/admin/users?a=b\""), "{}", form.text);
    let csrf = token(&form);
    let fields =
        [("username", " ROOT "), ("password", PASSWORD), ("return_to", "/admin/users?a=b"), ("csrf", csrf.as_str())];
    let back = browser.post_bare(SIGN_IN, &[], &fields).await;
    assert_eq!((back.status.as_u16(), back.header("location")), (303, "/admin/users?a=b"));
    assert_eq!(browser.get("/admin/users?a=b").await.status, 200);
    assert_eq!(browser.get(SIGN_IN).await.header("location"), "/admin", "who is signed in needs no form");
    assert_eq!(browser.get("/").await.status, 200);
    assert_eq!(browser.send("GET", "/", &[("Accept", "text/html")], String::new()).await.header("location"), "/admin");
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let door = Door::open().await;
    door.person("root", Role::Administrator).await;
    for way in ["https://evil.example", "//evil.example", "/\\evil.example", "/admin/\\..//evil", "javascript:alert(1)"]
    {
        let mut browser = door.browser();
        let query: String = url::form_urlencoded::byte_serialize(way.as_bytes()).collect();
        let form = browser.get(&format!("{SIGN_IN}?return_to={query}")).await;
        assert!(form.status == 200 && !form.text.contains("evil") && !form.text.contains("alert"), "{way}");
        let csrf = token(&form);
        let fields = [("username", "root"), ("password", PASSWORD), ("return_to", way), ("csrf", csrf.as_str())];
        assert_eq!(browser.post_bare(SIGN_IN, &[], &fields).await.header("location"), "/admin", "{way}");
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_answered_alike() {
    let door = Door::open().await;
    door.person("root", Role::Administrator).await;
    let long = "x".repeat(1000);
    for (name, password) in
        [("root", "wrong"), ("nobody", PASSWORD), ("", ""), ("root", ""), ("a b<c>", "x"), ("root", long.as_str())]
    {
        let mut browser = door.browser();
        let answer = browser.sign_in(name, password).await;
        assert_eq!(answer.status, 422, "{name}");
        assert!(answer.text.contains("The name or the password is wrong."), "{}", answer.text);
        assert!(!browser.cookies.contains_key(SESSION) && !answer.text.contains("b<c>"));
    }
}

#[tokio::test]
async fn a_form_that_is_not_ours_signs_nobody_in() {
    let door = Door::open().await;
    door.person("root", Role::Administrator).await;
    let mut browser = door.browser();
    let csrf = token(&browser.get(SIGN_IN).await);
    let fields = |csrf| [("username", "root"), ("password", PASSWORD), ("csrf", csrf)];
    // Another browser's form and token, sent by this browser.
    let other = token(&door.browser().get(SIGN_IN).await);
    for (headers, csrf) in [
        (&[][..], ""),
        (&[], other.as_str()),
        (&[("Sec-Fetch-Site", "cross-site")], csrf.as_str()),
        (&[("Sec-Fetch-Site", "same-site")], csrf.as_str()),
        (&[("Origin", "https://evil.example")], csrf.as_str()),
        (&[("Origin", "null")], csrf.as_str()),
    ] {
        let answer = browser.post_bare(SIGN_IN, headers, &fields(csrf)).await;
        assert_eq!(answer.status, 403, "{headers:?}");
        assert!(answer.header("content-type").starts_with("text/html") && !browser.cookies.contains_key(SESSION));
    }
    let mut without_cookie = door.browser();
    assert_eq!(without_cookie.post_bare(SIGN_IN, &[], &fields(&csrf)).await.status, 403);
    let json = [("Content-Type", "application/json")];
    assert_eq!(browser.send("POST", SIGN_IN, &json, "{}".into()).await.status, 415);
    let ours = [("Origin", "https://forge.example.com")];
    assert_eq!(browser.post_bare(SIGN_IN, &ours, &fields(&csrf)).await.status, 303);
}

#[tokio::test]
async fn guessing_slows_down_and_locks_nobody_out_who_was_here_before() {
    let door = Door::open().await;
    let mut owner = door.signed_in("root", Role::Administrator).await;
    owner.cookies.remove(SESSION);
    let mut stranger = door.browser();
    stranger.peer = "198.51.100.7:1".into();
    let mut answers = Vec::new();
    for _ in 0..12 {
        answers.push(stranger.sign_in("root", "guess").await.status.as_u16());
    }
    assert_eq!(answers, [vec![422; 11], vec![429]].concat());
    let waiting = stranger.sign_in("root", PASSWORD).await;
    assert_eq!((waiting.status.as_u16(), waiting.header("retry-after")), (429, "3"), "the right one was looked at");
    assert!(waiting.text.contains("postern user password"), "{}", waiting.text);
    // Many clients at once: they share the delay for this user name.
    for number in 0..30 {
        stranger.peer = format!("203.0.113.{number}:1");
        stranger.sign_in("root", "guess").await;
    }
    stranger.peer = "203.0.113.200:1".into();
    assert_eq!(stranger.sign_in("root", PASSWORD).await.status, 429);
    assert_eq!(owner.sign_in("root", PASSWORD).await.status, 303, "its owner was locked out");
    door.clock.advance(Duration::from_secs(61));
    assert_eq!(stranger.sign_in("root", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn in_the_mode_everybody_can_sign_in_and_out() {
    let door = Door::open().await;
    door.person("ann", Role::Auditor).await;
    door.turn(State::On).await;
    let mut browser = door.browser();
    assert_eq!(browser.sign_in("ann", PASSWORD).await.status, 303);
    assert_eq!(browser.get("/admin").await.status, 200);
    let out = browser.post("/admin", "/users/sign_out", &[]).await;
    assert_eq!((out.status.as_u16(), out.header("location")), (303, SIGN_IN));
    assert!(browser.get(SIGN_IN).await.text.contains("You are signed out."));
    assert!(!browser.get(SIGN_IN).await.text.contains("You are signed out."), "it was said twice");
}

#[tokio::test]
async fn without_a_store_nobody_is_told_anything_else() {
    let door = Door::open().await;
    let mut browser = door.signed_in("root", Role::Administrator).await;
    let csrf = token(&browser.get("/admin/users").await);
    door.store.close().await;
    for path in ["/admin", "/admin/users", "/users/password", "/users/sign_in"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 503, "{path}");
        assert!(answer.header("content-type").starts_with("text/html") && !answer.text.contains("sql"), "{path}");
    }
    for path in ["/admin/users", "/users/sign_out", "/users/sign_in"] {
        let answer = browser.post_bare(path, &[], &[("csrf", csrf.as_str())]).await;
        assert!(answer.header("content-type").starts_with("text/html") && answer.status != 200, "{path}");
    }
}

#[tokio::test]
async fn a_generated_password_leads_to_one_of_ones_own() {
    let door = Door::open().await;
    door.account("root", Role::Administrator, true).await;
    // A change of the mode is urgent, so while it is on, a person who may turn it off is not asked
    // for a new password first.
    door.turn(State::On).await;
    let mut held = door.browser();
    assert_eq!(held.sign_in("root", PASSWORD).await.header("location"), "/admin");
    assert!(held.get("/users/password").await.text.contains("<code>postern user password root</code>"));
    door.turn(State::Off).await;
    let mut browser = door.browser();
    assert_eq!(browser.sign_in("root", PASSWORD).await.header("location"), "/users/password");
    for path in ["/admin", "/admin/users"] {
        assert!(browser.get(path).await.text.contains("Your password was made for you"), "{path}");
    }
    assert!(!browser.get("/users/password").await.text.contains("Your password was made for you"));
    for (current, new, again, why) in [
        (PASSWORD, "short", "short", "at least 12"),
        (PASSWORD, "a new long password", "another long one", "not what you wrote"),
        (PASSWORD, PASSWORD, PASSWORD, "choose another"),
        ("wrong", "a new long password", "a new long password", "not your password"),
    ] {
        let fields = [("current", current), ("new", new), ("again", again)];
        let answer = browser.post("/users/password", "/users/password", &fields).await;
        assert!(answer.status == 422 && answer.text.contains(why), "{why}: {}", answer.text);
        assert!(!answer.text.contains("a new long"), "a password was shown");
    }
    let before = browser.cookies[SESSION].clone();
    let fields = [("current", PASSWORD), ("new", "a new long password"), ("again", "a new long password")];
    let done = browser.post("/users/password", "/users/password", &fields).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/admin"), "{}", done.text);
    assert_ne!(browser.cookies[SESSION], before);
    let overview = browser.get("/admin").await.text;
    assert!(overview.contains("Your password is changed") && !overview.contains("was made for you"));
    assert_eq!(door.store.list_sessions(door.clock.now()).await.unwrap().len(), 1);
    assert_eq!(door.browser().sign_in("root", PASSWORD).await.status, 422);
}
