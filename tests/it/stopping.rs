//! Stopping: running work is finished, other clients are told of the stop, and the exit code is 0.

use crate::harness::app::{App, SECRET};
use crate::harness::gateway::{Gateway, ISSUE};
use crate::harness::http::try_request;
use crate::harness::process;
use crate::harness::scripted::{Hold, Scripted};
use crate::harness::smtp::{Smtp, message, stuffed};
use crate::harness::wait::{seconds, until_true};
use serde_json::json;
use std::io::{Read, Write};
use std::process::Stdio;

fn the_mail_under_way_is_finished_on(signal: &str) {
    let mut gateway = Gateway::start();
    let (mut busy, mut idle) = (gateway.smtp(), gateway.smtp());
    busy.mail_from("ann@outside.test");
    assert_eq!(busy.rcpt_to(ISSUE).code, 250);
    assert_eq!(busy.say("DATA").code, 354);
    let wire = stuffed(&message("under-way"));
    let (first, second) = wire.split_at(60);
    busy.write(first).unwrap();
    gateway.tell(signal);
    assert_eq!(idle.reply().unwrap().code, 421);
    let port = gateway.smtp_port;
    until_true("nobody new is let in", seconds(5), || Smtp::silent(port).is_err());
    busy.write(second).unwrap();
    assert_eq!(busy.reply().unwrap().code, 250);
    assert_eq!(gateway.end(seconds(10)), 0);
    gateway.begin();
    until_true("the mail is handed over", seconds(10), || gateway.inbox().len() == 1);
    assert!(gateway.inbox()[0].ends_with(&message("under-way")));
}

#[test]
fn a_mail_under_way_is_finished_on_sigterm() {
    the_mail_under_way_is_finished_on("TERM");
}

#[test]
fn a_mail_under_way_is_finished_on_ctrl_c() {
    the_mail_under_way_is_finished_on("INT");
}

/// Bytes that fit into a pipe without a reader.
const PIPE: usize = 65_536;

#[test]
fn a_gateway_told_to_stop_before_it_has_greeted_stops_as_it_should() {
    let gateway = Gateway::prepare(&[]);
    let (mut out, mut full) = std::io::pipe().unwrap();
    full.write_all(&[b'-'; PIPE]).unwrap();
    let err = std::fs::File::create(gateway.path("gateway.err")).unwrap();
    let mut serve = gateway.command(&["serve"]);
    let mut process = serve.stdin(Stdio::null()).stdout(full).stderr(err).spawn().unwrap();
    drop(serve);
    let port = gateway.http_port;
    until_true("it is alive and cannot say so", seconds(30), || {
        try_request(port, "GET", "/-/liveness", &[], b"").is_ok_and(|answer| answer.status == 200)
    });
    process::signal(&process, "TERM");
    let mut said = String::new();
    out.read_to_string(&mut said).unwrap();
    assert_eq!(process::end_of(&mut process, seconds(15)), Some(0), "{}", gateway.log());
    assert!(said.contains(" is running; "));
}

#[test]
fn a_client_that_dawdles_over_its_mail_does_not_keep_the_gateway() {
    let mut gateway = Gateway::start();
    let mut smtp = gateway.smtp();
    smtp.mail_from("ann@outside.test");
    assert_eq!(smtp.rcpt_to(ISSUE).code, 250);
    assert_eq!(smtp.say("DATA").code, 354);
    smtp.write(b"Subject: never ends\r\n").unwrap();
    gateway.tell("TERM");
    assert_eq!(smtp.reply().unwrap().code, 421);
    assert_eq!(gateway.end(seconds(10)), 0);
    gateway.begin();
    assert_eq!(gateway.console(&["report", "incoming"]).rows().len(), 0);
}

#[test]
fn what_both_sides_work_on_is_settled_before_the_end() {
    let (app, smarthost) = (App::holding(), Scripted::holding(Hold::Dot, "ann@people.test"));
    let mut gateway = Gateway::prepare(&[("RELAY__URL", &smarthost.url()), ("APP__URL", &app.url())]);
    std::fs::write(gateway.path("secret"), SECRET).unwrap();
    gateway.set("APP__SECRET_FILE", "secret");
    gateway.begin();
    assert_eq!(gateway.smtp().send("ann@outside.test", ISSUE, &message("both")).code, 250);
    gateway.enqueue(&json!({"kind": "new_note", "to": ["ann@people.test"], "subject": "s", "text": "t"}));
    app.await_offers(1);
    smarthost.await_holding();
    gateway.tell("TERM");
    let port = gateway.smtp_port;
    until_true("nobody new is let in", seconds(5), || Smtp::silent(port).is_err());
    app.release();
    smarthost.release();
    assert_eq!(gateway.end(seconds(10)), 0);
    assert_eq!(gateway.console(&["queue", "list"]).rows().len(), 0, "something was left claimed");
    assert_eq!((app.offers().len(), smarthost.messages().len()), (1, 1));
}

#[test]
fn a_smarthost_that_never_answers_does_not_keep_the_gateway() {
    let smarthost = Scripted::holding(Hold::Dot, "ann@people.test");
    let mut gateway = Gateway::start_with(&[("RELAY__URL", &smarthost.url())]);
    gateway.enqueue(&json!({"kind": "new_note", "to": ["ann@people.test"], "subject": "s", "text": "t"}));
    smarthost.await_holding();
    gateway.tell("TERM");
    assert_eq!(gateway.end(seconds(10)), 0);
    assert_eq!(gateway.console(&["queue", "list", "--state", "sending"]).rows().len(), 1);
}
