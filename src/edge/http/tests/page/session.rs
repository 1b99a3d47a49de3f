//! Sessions: which ones open a page, and which do not.

use super::browser::token;
use super::{Door, PASSWORD};
use crate::clock::Clock;
use crate::domain::mode::State;
use crate::domain::person::Role;
use crate::store::access::{AccessStore, Scope};
use crate::store::person::{IDLE, Last, PersonStore};
use std::time::Duration;

const SESSION: &str = "__Host-postern_session";

#[tokio::test]
async fn a_session_begins_under_a_secret_nobody_else_could_have_put_there() {
    let door = Door::open().await;
    door.person("root", Role::Administrator).await;
    let mut browser = door.browser();
    let planted = "A".repeat(43);
    browser.cookies.insert(SESSION.into(), planted.clone());
    assert_eq!(browser.sign_in("root", PASSWORD).await.status, 303);
    let first = browser.cookies[SESSION].clone();
    assert_ne!(first, planted);
    let mut attacker = door.browser();
    attacker.cookies.insert(SESSION.into(), planted);
    assert_eq!(attacker.get("/admin").await.status, 303);
    // A new sign-in starts a new session and ends the old one.
    browser.cookies.remove(SESSION);
    let csrf = token(&browser.get("/users/sign_in").await);
    browser.cookies.insert(SESSION.into(), first.clone());
    let fields = [("username", "root"), ("password", PASSWORD), ("csrf", csrf.as_str())];
    assert_eq!(browser.post_bare("/users/sign_in", &[], &fields).await.status, 303);
    assert_ne!(browser.cookies[SESSION], first);
    assert_eq!(door.store.list_sessions(door.clock.now()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_session_opens_nothing_once_it_ended_however_it_did() {
    let door = Door::open().await;
    let root = door.signed_in("root", Role::Administrator).await;
    door.person("ann", Role::Auditor).await;
    let sign_in = async || {
        let mut ann = door.browser();
        assert_eq!(ann.sign_in("ann", PASSWORD).await.status, 303);
        assert_eq!(ann.get("/admin").await.status, 200);
        ann
    };
    let mut signed_out = sign_in().await;
    let cookies = signed_out.cookies.clone();
    signed_out.post("/admin", "/users/sign_out", &[]).await;
    signed_out.cookies = cookies;
    let mut idle = sign_in().await;
    let revoked = sign_in().await;
    door.clock.advance(Duration::from_secs(IDLE.as_secs().unsigned_abs() - 1));
    assert_eq!(idle.get("/admin").await.status, 200);
    door.clock.advance(Duration::from_secs(IDLE.as_secs().unsigned_abs()));
    let mut removed = sign_in().await;
    assert_eq!(door.store.remove_account("ann".into(), Last::Keep).await.unwrap(), crate::store::person::Removal::Done);
    for mut browser in [signed_out, idle, revoked, root] {
        assert_eq!(browser.get("/admin").await.header("location"), "/users/sign_in");
    }
    assert_eq!(removed.get("/admin").await.header("location"), "/users/sign_in");
}

#[tokio::test]
async fn the_list_of_sessions_shows_no_address_and_ends_any_of_them() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let mut ann = door.signed_in("ann", Role::Auditor).await;
    let agent = [("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0 <script>")];
    let list = root.send("GET", "/admin/sessions", &agent, String::new()).await;
    assert!(list.text.contains("192.0.2.*") && !list.text.contains("192.0.2.1"), "{}", list.text);
    let sessions = door.store.list_sessions(door.clock.now()).await.unwrap();
    let id = sessions.iter().find(|session| session.user == "ann").unwrap().id.to_string();
    assert_eq!(ann.post("/admin/sessions", "/admin/sessions/revoke", &[("id", &id)]).await.status, 403);
    assert_eq!(root.post("/admin/sessions", "/admin/sessions/revoke", &[("id", "x")]).await.status, 404);
    assert_eq!(root.post("/admin/sessions", "/admin/sessions/revoke", &[("id", &id)]).await.status, 303);
    assert!(root.get("/admin/sessions").await.text.contains("The session has ended."));
    assert_eq!(ann.get("/admin").await.status, 303);
}

#[tokio::test]
async fn a_form_needs_the_token_of_its_own_session() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let mut eve = door.signed_in("eve", Role::Administrator).await;
    let (own, other) = (token(&root.get("/admin/users").await), token(&eve.get("/admin/users").await));
    let fields = |csrf| [("name", "mallory"), ("role", "administrator"), ("csrf", csrf)];
    let site = [("Sec-Fetch-Site", "cross-site")];
    for (headers, csrf) in [(&[][..], ""), (&[], "x"), (&[], other.as_str()), (&site, own.as_str())] {
        let answer = root.post_bare("/admin/users", headers, &fields(csrf)).await;
        assert_eq!(answer.status, 403);
        assert!(answer.text.contains("nothing was done"), "{}", answer.text);
    }
    let twice = [("csrf", own.as_str()), ("csrf", "x"), ("name", "mallory"), ("role", "administrator")];
    assert_eq!(root.post_bare("/admin/users", &[], &twice).await.status, 403);
    assert_eq!(door.store.list_accounts().await.unwrap().len(), 2);
    let mut nobody = door.browser();
    assert_eq!(nobody.post_bare("/admin/users", &[], &fields(&own)).await.header("location"), "/users/sign_in");
    assert_eq!(root.post_bare("/admin/users", &[], &fields(&own)).await.status, 200);
}

#[tokio::test]
async fn the_api_takes_no_cookie_and_the_pages_take_no_token() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    assert_eq!(root.get("/api/v4/application/settings").await.status, 401);
    assert_eq!(door.ask("GET", "/admin", &door.api, &[], "").await.header("location"), "/users/sign_in");
    assert_eq!(door.token("other", Scope::Api).await.len(), 47);
    assert_eq!(door.store.list_tokens().await.unwrap().len(), 2);
}

#[tokio::test]
async fn cookies_are_for_this_host_and_over_tls_for_nobody_else() {
    let mut door = Door::open().await;
    door.person("root", Role::Administrator).await;
    let lines = async |door: &Door, headers: &[(&str, &str)], peer: &str| {
        let mut browser = door.browser();
        browser.peer = peer.to_owned();
        let answer = browser.send("GET", "/users/sign_in", headers, String::new()).await;
        let lines = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned());
        lines.collect::<Vec<_>>().join("\n")
    };
    let proto = [("X-Forwarded-Proto", "https")];
    let tls = lines(&door, &[], "192.0.2.1:1").await;
    assert!(tls.starts_with("__Host-postern_sign_in=") && !tls.contains("Domain"), "{tls}");
    for word in ["HttpOnly", "Secure", "Path=/", "SameSite=Lax"] {
        assert!(tls.contains(word), "{word}: {tls}");
    }
    door.parts.settings.external_url = "http://127.0.0.1:8025".parse().unwrap();
    let plain = lines(&door, &proto, "192.0.2.1:1").await;
    assert!(plain.starts_with("postern_sign_in=") && !plain.contains("Secure"), "a stranger was believed: {plain}");
    let proxied = lines(&door, &proto, "10.0.0.1:1").await;
    assert!(proxied.starts_with("__Host-") && proxied.contains("Secure"), "{proxied}");
}

#[tokio::test]
async fn a_session_cookie_given_twice_is_nobodys() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let cookie = format!("{SESSION}={}; {SESSION}=x", root.cookies[SESSION]);
    root.cookies.clear();
    let answer = root.send("GET", "/admin", &[("Cookie", cookie.as_str())], String::new()).await;
    assert_eq!(answer.status, 303);
    door.turn(State::On).await;
    let garbage = format!("{SESSION}=\u{7f}; a=b; ;;=; {}", "x".repeat(20_000));
    assert_eq!(
        root.send("GET", "/admin", &[("Cookie", garbage.replace('\u{7f}', "%00").as_str())], String::new())
            .await
            .status,
        303
    );
}
