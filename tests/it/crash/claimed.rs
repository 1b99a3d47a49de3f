//! Kills the gateway while both peers delay their replies: the claimed work returns when its lease
//! ends (30 s).

use crate::harness::app::{App, SECRET};
use crate::harness::gateway::{Gateway, ISSUE};
use crate::harness::scripted::{Hold, Scripted};
use crate::harness::smtp::message;
use crate::harness::wait::{seconds, until_true};
use serde_json::json;

#[test]
fn what_was_claimed_when_the_gateway_died_is_done_again_under_the_same_names() {
    let (app, smarthost) = (App::holding(), Scripted::holding(Hold::Dot, "ann@people.test"));
    let mut gateway = Gateway::prepare(&[("RELAY__URL", &smarthost.url()), ("APP__URL", &app.url())]);
    std::fs::write(gateway.path("secret"), SECRET).unwrap();
    gateway.set("APP__SECRET_FILE", "secret");
    gateway.begin();
    assert_eq!(gateway.smtp().send("ann@outside.test", ISSUE, &message("claimed")).code, 250);
    let row = gateway.enqueue(&json!({"kind": "new_note", "to": ["ann@people.test"], "subject": "s", "text": "t"}));
    app.await_offers(1);
    smarthost.await_holding();
    gateway.kill9();
    app.release();
    smarthost.release();
    gateway.begin();
    app.await_offers(2);
    until_true("the message comes again", seconds(60), || smarthost.messages().len() == 2);
    let offers = app.offers();
    assert_eq!(offers[0].body, message("claimed"));
    assert_eq!(offers[0].body, offers[1].body);
    for name in ["webhook-id", "X-Postern-Id", "X-Postern-Mail-Id"] {
        assert!(offers[0].header(name).is_some());
        assert_eq!(offers[0].header(name), offers[1].header(name), "{name}");
    }
    assert_eq!(smarthost.messages()[0], smarthost.messages()[1]);
    let ids = [row["deliveries"][0]["id"].as_str().unwrap().to_owned(), offers[0].header("X-Postern-Id").unwrap()];
    for (id, state) in ids.iter().zip(["delivered", "handed_over"]) {
        let show = || gateway.console(&["queue", "show", id]).json();
        until_true("it is settled", seconds(10), || show()["state"] == state);
        let attempts = show()["attempt_history"].clone();
        let outcomes: Vec<_> = attempts.as_array().unwrap().iter().map(|one| one["outcome"].clone()).collect();
        assert_eq!(outcomes, ["unknown", "ok"], "{attempts}");
    }
    assert_eq!((app.offers().len(), smarthost.messages().len()), (2, 2));
}
