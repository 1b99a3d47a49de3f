//! Kills the gateway while the mode is turned on and off under load.

use super::{EndsLoad, Load};
use crate::harness::files::header;
use crate::harness::gateway::{Gateway, ISSUE};
use crate::harness::http::try_request;
use crate::harness::process::run;
use crate::harness::smtp::{Smtp, message};
use crate::harness::wait::{seconds, until_true};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::atomic::Ordering;

/// Sends mail after mail, each once. Returns the reply code for each sender.
fn client(port: u16, number: usize, load: &Load) -> BTreeMap<String, u16> {
    let (mut said, mut open) = (BTreeMap::new(), None);
    for name in (0..).map(|n| format!("mail-{number}-{n}")) {
        while open.is_none() && !load.is_over() {
            open = Smtp::try_connect(port).ok();
        }
        let Some(smtp) = open.as_mut().filter(|_| !load.is_over()) else { break };
        match smtp.try_send(&format!("{name}@outside.test"), ISSUE, &message(&name)) {
            Ok(reply) => {
                said.insert(name, reply.code);
                load.count();
            }
            Err(_) => open = None,
        }
    }
    said
}

/// Turns the mode on by the console and off over HTTP, repeatedly. Returns the versions that it was
/// told.
fn toggle(mut on: Command, port: u16, token: &str, load: &Load) -> Vec<(i64, bool)> {
    let mut told = Vec::new();
    let mut note = |row: serde_json::Value| {
        told.push((row["maintenance_mode_version"].as_i64().unwrap(), row["maintenance_mode"] == true));
    };
    while !load.is_over() {
        let answer = run(&mut on);
        // While the gateway starts, the store may be busy for a moment; then nothing was changed.
        if answer.code == 0 {
            note(answer.json());
        }
        let path = "/api/v4/application/settings?maintenance_mode=false";
        match try_request(port, "PUT", path, &[token], b"") {
            Ok(answer) if answer.status == 200 => note(answer.json()),
            Ok(_) | Err(_) => continue,
        }
        load.turned.fetch_add(1, Ordering::SeqCst);
    }
    told
}

#[test]
fn every_answer_given_while_the_mode_changed_and_the_gateway_died_is_true() {
    let mut gateway = Gateway::start();
    let (load, port) = (Load::default(), gateway.smtp_port);
    let (http, token) = (gateway.http_port, format!("PRIVATE-TOKEN: {}", gateway.token()));
    let on = gateway.command(&["settings", "set", "maintenance_mode=true"]);
    let (mut said, mut told) = (BTreeMap::new(), Vec::new());
    std::thread::scope(|scope| {
        let (load, token) = (&load, &token);
        let _ends = EndsLoad(load);
        let clients: Vec<_> = (0..4).map(|number| scope.spawn(move || client(port, number, load))).collect();
        let toggler = scope.spawn(move || toggle(on, http, token, load));
        load.kill_in_the_middle(&mut gateway, 5);
        until_true("the mode was turned some times", seconds(60), || load.turned.load(Ordering::SeqCst) >= 5);
        load.end();
        said.extend(clients.into_iter().flat_map(|client| client.join().unwrap()));
        told.extend(toggler.join().unwrap());
    });
    gateway.maintenance_off();
    until_true("all is handed over", seconds(60), || gateway.console(&["queue", "list"]).rows().is_empty());
    history_is_whole(&gateway, &told);
    answers_are_true(&gateway, &said);
}

/// Asserts that the history has every version once, that each turns the state, and that it contains
/// what the console was told.
fn history_is_whole(gateway: &Gateway, told: &[(i64, bool)]) {
    let rows = gateway.console(&["maintenance", "history", "--limit", "100000"]).rows();
    let history: Vec<_> =
        rows.iter().rev().map(|row| (row["version"].as_i64().unwrap(), row["to"]["mode"] == "on")).collect();
    let whole: Vec<_> = (1..).map(|version| (version, version % 2 == 0)).take(history.len()).collect();
    assert_eq!(history, whole);
    assert!(told.len() > 3 && told.iter().all(|one| history.contains(one)), "{told:?}");
}

fn answers_are_true(gateway: &Gateway, said: &BTreeMap<String, u16>) {
    let rows = gateway.console(&["report", "incoming"]).rows();
    let with = |verdict: &str| -> BTreeSet<&str> {
        let of = rows.iter().filter(|row| row["verdict"] == verdict);
        of.map(|row| row["sender"].as_str().unwrap().trim_end_matches("@outside.test")).collect()
    };
    let (accepted, refused) = (with("accept"), with("refuse"));
    let mails = gateway.inbox();
    let inbox: BTreeSet<String> = mails.iter().map(|mail| header(mail, "Subject").unwrap()).collect();
    assert_eq!((inbox.len(), accepted.len()), (mails.len(), mails.len()), "something is there twice");
    for (name, code) in said {
        match code {
            250 => assert!(inbox.contains(name) && accepted.contains(name.as_str()), "{name} is lost"),
            550 => assert!(refused.contains(name.as_str()) && !inbox.contains(name), "{name} is not on record"),
            451 | 421 => assert!(!inbox.contains(name), "{name} was taken"),
            other => panic!("{name} was answered {other}"),
        }
    }
    assert!(said.values().any(|code| *code == 250) && said.values().any(|code| *code == 550), "{said:?}");
    // Even versions are on: no mail was accepted under one, and none refused under an odd one.
    let odd = |row: &Value| row["mode_version"].as_i64().unwrap() % 2 == 1;
    assert!(rows.iter().all(|row| odd(row) == (row["verdict"] == "accept")));
}
