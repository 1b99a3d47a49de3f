//! SIGHUP: a running gateway reloads its configuration.

use crate::harness::app::{App, Offer, SECRET};
use crate::harness::gateway::{Gateway, PERSON};
use crate::harness::http::request;
use crate::harness::postgres::Database;
use crate::harness::scripted::Scripted;
use crate::harness::smtp::message;
use crate::harness::wait::{seconds, until_true};
use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use std::path::Path;

const KIND: &str =
    "[[kind]]\nname = \"disk_full\"\ntitle = \"Disk full\"\nclass = \"paging\"\nwhy = \"It wakes people.\"\n";

/// Sends SIGHUP, and waits until the log contains `words`.
fn hang_up(gateway: &Gateway, words: &str) {
    let before = gateway.log().matches(words).count();
    gateway.tell("HUP");
    until_true(&format!("the log says: {words}"), seconds(20), || gateway.log().matches(words).count() > before);
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

#[test]
fn a_gateway_that_has_read_its_file_again_is_not_said_to_run_by_an_older_one() {
    let mut gateway = Gateway::prepare(&[]);
    std::fs::create_dir(gateway.path("config")).unwrap();
    let file = gateway.path("config/postern.toml");
    write(&file, "");
    gateway.begin();
    let is_older = || gateway.console(&["check"]).out.contains("runs by an older");
    write(&file, "[log]\nlevel = \"warn,postern=info\"\n");
    until_true("check says that the gateway is older", seconds(10), is_older);
    hang_up(&gateway, "nothing else changed");
    until_true("check says so no more", seconds(10), || !is_older());
}

#[test]
fn log_level_and_kinds_are_in_force_after_sighup_and_a_wrong_file_changes_nothing() {
    let mut gateway = Gateway::prepare(&[]);
    std::fs::create_dir(gateway.path("config")).unwrap();
    let file = gateway.path("config/postern.toml");
    write(&file, "");
    gateway.begin();
    let token = format!("PRIVATE-TOKEN: {}", gateway.token());
    let is_declared = || {
        let body = json!({"kind": "disk_full", "to": ["ann@example.com"], "subject": "x", "text": "x"}).to_string();
        let headers = [&*token, "Content-Type: application/json"];
        let answer = request(gateway.http_port, "POST", "/api/v4/internal/notifications", &headers, body.as_bytes());
        assert_eq!(answer.status, 202);
        answer.json()["warnings"] == json!([])
    };
    assert!(!is_declared());
    write(&gateway.path("config/kinds.toml"), KIND);
    let requests = || gateway.log().matches("answered 202").count();
    until_true("requests are logged", seconds(10), || requests() == 1);
    write(&file, "[log]\nlevel = \"warn,postern::run=info\"\n");
    hang_up(&gateway, "nothing else changed");
    assert!(is_declared());
    // Log lines are in order: once the next reload is logged, a request would be too.
    hang_up(&gateway, "nothing else changed");
    assert_eq!(requests(), 1, "the level is as before");
    write(&gateway.path("config/kinds.toml"), "[[kind]]\nname = 1\n");
    hang_up(&gateway, "The configuration stays as it was");
    write(&gateway.path("config/kinds.toml"), KIND);
    write(&file, "[smtp]\nmax_recipients = 7\nno_such_key = 1\n");
    hang_up(&gateway, "no_such_key");
    assert!(is_declared());
    write(&file, "[smtp]\nmax_recipients = 7\n");
    hang_up(&gateway, "[smtp] changed too and need a restart");
    let is_older = || gateway.console(&["check"]).out.contains("runs by an older");
    until_true("check says that the file is not in force", seconds(10), is_older);
    gateway.stop();
}

/// Whether a request was signed with this secret, as Standard Webhooks specifies.
fn is_signed_with(secret: &str, offer: &Offer) -> bool {
    let base64 = base64::engine::general_purpose::STANDARD;
    let key = base64.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    let header = |name: &str| offer.header(name).unwrap();
    mac.update(format!("{}.{}.", header("webhook-id"), header("webhook-timestamp")).as_bytes());
    mac.update(&offer.body);
    header("webhook-signature") == format!("v1,{}", base64.encode(mac.finalize().into_bytes()))
}

#[test]
fn a_swapped_signing_secret_signs_mail_and_mode_after_sighup_and_an_unusable_one_is_not_taken() {
    const NEW: &str = "whsec_bmV3IHNlY3JldCBmb3IgdGhlIHdlYmhvb2s=";
    let (app, told) = (App::answering("204 No Content"), App::answering("204 No Content"));
    let (url, told_url) = (app.url(), told.url());
    let mut gateway =
        Gateway::prepare(&[("APP__URL", &url), ("APP__MODE_WEBHOOK", &told_url), ("APP__SECRET_FILE", "secret")]);
    write(&gateway.path("secret"), SECRET);
    gateway.begin();
    let mut number = 0;
    let mut is_used = |secret: &str| {
        number += 1;
        assert_eq!(gateway.smtp().send("ann@outside.test", PERSON, &message(&format!("mail {number}"))).code, 250);
        app.await_offers(number);
        let (mode, before) = (if number % 2 == 1 { "on" } else { "off" }, told.offers().len());
        gateway.console(&["maintenance", mode]).well();
        told.await_offers(before + 1);
        [app.offers(), told.offers()].iter().all(|offers| is_signed_with(secret, offers.last().unwrap()))
    };
    assert!(is_used(SECRET));
    write(&gateway.path("secret"), NEW);
    assert!(is_used(SECRET), "nobody has said that it changed");
    hang_up(&gateway, "secrets are in force, nothing else changed");
    assert!(is_used(NEW));
    for (unusable, words) in [("", "is empty"), ("hunter2", "does not begin with `whsec_`")] {
        write(&gateway.path("secret"), unusable);
        hang_up(&gateway, "The secret in `app.secret_file` stays as it was");
        assert!(gateway.log().contains(words) && !gateway.log().contains("hunter2"), "{}", gateway.log());
        assert!(is_used(NEW));
    }
    std::fs::remove_file(gateway.path("secret")).unwrap();
    hang_up(&gateway, "The configuration was read again: log level and kinds are in force");
    assert!(gateway.log().contains("cannot be read") && is_used(NEW));
}

#[test]
fn a_swapped_relay_password_signs_in_on_the_next_connection_after_sighup() {
    let smarthost = Scripted::start();
    let url = format!("smtp://forge@127.0.0.1:{}", smarthost.port);
    let mut gateway = Gateway::prepare(&[("RELAY__URL", &url), ("RELAY__PASSWORD_FILE", "password")]);
    write(&gateway.path("password"), "the old one\n");
    gateway.begin();
    let mut number = 0;
    let mut used = || {
        number += 1;
        // A new connection has to authenticate.
        smarthost.hang_up();
        gateway.enqueue(&json!({"kind": "new_note", "to": ["ann@people.test"], "subject": "x", "text": "x"}));
        until_true("the notification is taken", seconds(30), || smarthost.messages().len() >= number);
        smarthost.last_sign_in().unwrap()
    };
    assert_eq!(used(), ("forge".to_owned(), "the old one".to_owned()));
    write(&gateway.path("password"), "the new one\n");
    hang_up(&gateway, "secrets are in force, nothing else changed");
    assert_eq!(used().1, "the new one");
    write(&gateway.path("password"), "\n");
    hang_up(&gateway, "The secret in `relay.password_file` stays as it was");
    assert_eq!(used().1, "the new one");
}

#[test]
fn a_new_password_of_the_database_is_used_after_sighup_and_a_wrong_one_is_not() {
    let database = Database::create("reload");
    let user = database.user_with_password("old");
    let mut gateway = Gateway::prepare(&[]);
    std::fs::create_dir(gateway.path("config")).unwrap();
    let file = gateway.path("config/postern.toml");
    let configure = |password: &str| {
        write(&file, &format!("[store]\nurl = \"{}\"\n", database.url_of(&user, password)));
    };
    configure("old");
    gateway.console(&["migrate"]).well();
    gateway.begin();
    let token = format!("PRIVATE-TOKEN: {}", gateway.token());
    let works = || request(gateway.http_port, "GET", "/api/v4/application/settings", &[&token], b"").status == 200;
    assert!(works());
    database.change_password(&user, "new");
    until_true("the old password opens nothing", seconds(20), || !works());
    configure("new");
    hang_up(&gateway, "nothing else changed");
    until_true("the new password is used", seconds(20), works);
    configure("wrong");
    hang_up(&gateway, "The database's password stays as it was");
    database.throw_out(&user);
    until_true("the password that works is still used", seconds(20), works);
    assert!(!gateway.log().contains(":wrong@") && !gateway.log().contains(":new@"), "the log shows a password");
    gateway.stop();
}
