//! The pages for users and tokens, and what an auditor may do there and what the mode blocks.

use super::browser::token;
use super::{Door, PASSWORD};
use crate::domain::mode::State;
use crate::domain::person::Role;
use crate::policy::gate::REFUSAL;
use crate::store::access::AccessStore;
use crate::store::person::PersonStore;

/// The page with the form, where it is sent to, and its fields.
type Write = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Every page that changes something, with a form that would do so.
const WRITES: &[Write] = &[
    ("/admin/users", "/admin/users", &[("name", "mallory"), ("role", "administrator")]),
    ("/admin/users", "/admin/users/remove", &[("name", "root")]),
    ("/admin/sessions", "/admin/sessions/revoke", &[("id", "019370a0-0000-7000-8000-000000000000")]),
    ("/admin/tokens", "/admin/tokens", &[("name", "mallory"), ("scope", "api")]),
    ("/admin/tokens", "/admin/tokens/revoke", &[("id", "019370a0-0000-7000-8000-000000000000")]),
];

fn secret(text: &str) -> String {
    let shown = text.split("class=\"secret\">").nth(1).and_then(|rest| rest.split('<').next());
    shown.unwrap_or_else(|| panic!("no secret on {text}")).to_owned()
}

#[tokio::test]
async fn a_user_is_added_with_a_password_shown_once_and_removed_again() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let made = root.post("/admin/users", "/admin/users", &[("name", "Ann"), ("role", "auditor")]).await;
    assert_eq!(made.status, 200);
    let password = secret(&made.text);
    assert!(!root.get("/admin/users").await.text.contains(&password), "the password was shown twice");
    let mut ann = door.browser();
    assert_eq!(ann.sign_in("ann", &password).await.header("location"), "/users/password");
    for (name, why) in [("ann", "There is a user called ann"), ("<b>", "begins with a letter"), ("", "begins with")] {
        let again = root.post("/admin/users", "/admin/users", &[("name", name), ("role", "auditor")]).await;
        assert!(again.status == 422 && again.text.contains(why) && !again.text.contains("<b>"), "{}", again.text);
    }
    root.post("/admin/users", "/admin/users/remove", &[("name", "ann")]).await;
    assert!(root.get("/admin/users").await.text.contains("ann is removed"));
    assert_eq!(ann.get("/admin").await.header("location"), "/users/sign_in");
    root.post("/admin/users", "/admin/users/remove", &[("name", "root")]).await;
    assert!(root.get("/admin/users").await.text.contains("root is the last administrator"));
}

#[tokio::test]
async fn a_token_is_shown_once_and_opens_the_api_until_it_is_revoked() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let fields = [("name", "the forge"), ("scope", "read_api")];
    let made = secret(&root.post("/admin/tokens", "/admin/tokens", &fields).await.text);
    assert!(!root.get("/admin/tokens").await.text.contains(&made), "the token was shown twice");
    assert_eq!(door.ask("GET", "/api/v4/queue", &made, &[], "").await.status, 200);
    assert_eq!(root.post("/admin/tokens", "/admin/tokens", &fields).await.status, 422);
    assert_eq!(root.post("/admin/tokens", "/admin/tokens", &[("name", "x"), ("scope", "king")]).await.status, 422);
    let tokens = door.store.list_tokens().await.unwrap();
    let id = tokens.iter().find(|token| token.name == "the forge").unwrap().id.to_string();
    assert_eq!(root.post("/admin/tokens", "/admin/tokens/revoke", &[("id", &id)]).await.status, 303);
    assert_eq!(door.ask("GET", "/api/v4/queue", &made, &[], "").await.status, 401);
}

#[tokio::test]
async fn an_auditor_reads_everything_and_changes_nothing_but_the_own_password() {
    let door = Door::open().await;
    door.person("root", Role::Administrator).await;
    let mut ann = door.signed_in("ann", Role::Auditor).await;
    for (page, path, fields) in WRITES {
        let shown = ann.get(page).await;
        assert!(shown.status == 200 && shown.text.contains("signed in as an auditor"), "{page}: {}", shown.text);
        let main = shown.text.split("<main").nth(1).unwrap();
        assert_eq!(main.matches("<button").count(), main.matches("disabled title").count(), "{page}: {main}");
        let answer = ann.post(page, path, fields).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.text.contains("An auditor may read everything and change nothing"), "{}", answer.text);
    }
    assert_eq!(door.store.list_accounts().await.unwrap().len(), 2);
    assert_eq!(door.store.list_tokens().await.unwrap().len(), 1);
    let fields = [("current", PASSWORD), ("new", "a new long password"), ("again", "a new long password")];
    assert_eq!(ann.post("/users/password", "/users/password", &fields).await.status, 303);
}

#[tokio::test]
async fn in_the_mode_nothing_of_it_works_and_every_button_says_so() {
    let door = Door::open().await;
    let mut root = door.signed_in("root", Role::Administrator).await;
    let csrf = token(&root.get("/admin/users").await);
    door.turn(State::On).await;
    let own = ("/users/password", "/users/password", &[("current", PASSWORD)][..]);
    for (page, path, fields) in WRITES.iter().copied().chain([own]) {
        let shown = root.get(page).await;
        let main = shown.text.split("<main").nth(1).unwrap();
        assert!(main.contains(REFUSAL), "{page}");
        assert_eq!(main.matches("<button").count(), main.matches("disabled title").count(), "{page}: {main}");
        let with_token: Vec<_> = fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
        let answer = root.post_bare(path, &[], &with_token).await;
        assert_eq!(answer.status, 403, "{path}");
        let flash = format!("<p class=\"flash refused\" role=\"status\">{REFUSAL}</p>");
        assert!(answer.text.contains(&flash) && answer.text.contains("aria-label=\"Pages\""), "{}", answer.text);
    }
    assert_eq!(door.store.list_accounts().await.unwrap().len(), 1);
    assert_eq!(door.store.list_tokens().await.unwrap().len(), 1);
}
