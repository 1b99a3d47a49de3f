//! The clients, which send mail, enqueue notifications and turn the mode. Each logs its requests,
//! their times and the answers.

use super::Load;
use super::check::{Change, Micros, Offer, Said};
use crate::harness::gateway::{Gateway, ISSUE, PERSON};
use crate::harness::http::{Response, try_request};
use crate::harness::process::run;
use crate::harness::shared::Shared;
use crate::harness::smtp::{Smtp, message, stuffed};
use serde_json::{Value, json};
use std::io;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::thread::Scope;

/// Writers per door.
const WRITERS: usize = 3;
const ENQUEUERS: usize = 2;

/// The ports of a process.
#[derive(Clone, Copy)]
pub struct Node {
    pub smtp: Option<u16>,
    pub http: Option<u16>,
}

impl Node {
    pub fn of(gateway: &Gateway, doors: &str) -> Self {
        let has = |door, port| doors.split(',').any(|one| one == door).then_some(port);
        Self { smtp: has("smtp", gateway.smtp_port), http: has("http", gateway.http_port) }
    }
}

/// A notification that was answered with an id.
pub struct Enqueued {
    pub name: String,
    pub id: String,
}

/// The logs of all clients.
#[derive(Default)]
pub struct Clients {
    pub mails: Mutex<Vec<Offer>>,
    pub notifications: Mutex<Vec<Offer>>,
    pub enqueued: Mutex<Vec<Enqueued>>,
    pub changes: Mutex<Vec<Change>>,
}

#[allow(clippy::disallowed_methods, reason = "what clients see is compared with what gateways wrote down")]
fn now() -> Micros {
    jiff::Timestamp::now().as_microsecond()
}

impl Clients {
    /// Starts clients at every door of these nodes, and one that uses the console.
    pub fn start<'scope, 'env>(
        &'env self,
        scope: &'scope Scope<'scope, 'env>,
        load: &'env Load,
        nodes: &'env [Node],
        token: &'env str,
        console: &'env Gateway,
        shared: &'env Shared,
    ) {
        for (place, node) in nodes.iter().enumerate() {
            if let Some(port) = node.smtp {
                (0..WRITERS).for_each(|number| {
                    scope.spawn(move || self.write(load, port, &format!("mail-{place}-{number}")));
                });
            }
            if let Some(port) = node.http {
                (0..ENQUEUERS).for_each(|number| {
                    scope.spawn(move || self.enqueue(load, port, token, &format!("note-{place}-{number}")));
                });
                scope.spawn(move || self.turn(load, shared, |state| by_http(port, token, state), 25 + 10 * place));
            }
        }
        let by_console = |state| by_console(console.command(&["settings", "set"]), state);
        scope.spawn(move || self.turn(load, shared, by_console, 40));
    }

    /// Sends mail after mail, each to one or two of the forge's addresses.
    fn write(&self, load: &Load, port: u16, own: &str) {
        let mut open = None;
        for number in 0.. {
            if load.is_over() {
                return;
            }
            if open.is_none() {
                open = Smtp::try_connect(port).ok();
            }
            let Some(smtp) = &mut open else { continue };
            let recipients: &[&str] = [&[ISSUE][..], &[ISSUE, PERSON], &[ISSUE], &[PERSON]][number % 4];
            let mut offers = Vec::new();
            let told = send(smtp, &format!("{own}-{number}"), recipients, &mut offers);
            load.answers.fetch_add(offers.len(), Ordering::SeqCst);
            self.mails.lock().unwrap().extend(offers);
            if told.is_err() {
                open = None;
            }
        }
    }

    /// Enqueues notification after notification.
    fn enqueue(&self, load: &Load, port: u16, token: &str, own: &str) {
        let kinds = [("reset_password_instructions", true), ("new_note", false), ("prometheus_alert_fired", true)];
        let headers = [&*format!("PRIVATE-TOKEN: {token}"), "Content-Type: application/json"];
        for number in 0.. {
            if load.is_over() {
                return;
            }
            let (name, (kind, is_blocked)) = (format!("{own}-{number}"), kinds[number % kinds.len()]);
            let to = [format!("{name}@people.test")];
            let body = json!({"kind": kind, "to": to, "subject": name, "text": "t", "reference": name}).to_string();
            let asked = now();
            let answer = try_request(port, "POST", "/api/v4/internal/notifications", &headers, body.as_bytes());
            let answered = now();
            let answer = answer.ok().filter(|answer| answer.status == 202).map(|answer| answer.json());
            let said = match &answer {
                Some(row) if row["state"] == "queued" => Said::Taken,
                Some(_) => Said::Kept,
                None => Said::Nothing,
            };
            if let Some(id) = answer.as_ref().and_then(|row| row["id"].as_str()) {
                self.enqueued.lock().unwrap().push(Enqueued { name: name.clone(), id: id.to_owned() });
            }
            load.answers.fetch_add(1, Ordering::SeqCst);
            self.notifications.lock().unwrap().push(Offer { name, is_blocked, asked, answered, said });
        }
    }

    /// Turns the mode on and off repeatedly, each time after `answers` answers to the other
    /// clients.
    fn turn(&self, load: &Load, shared: &Shared, wish: impl Fn(bool) -> Option<Value>, answers: usize) {
        for number in 0.. {
            load.await_more(answers);
            if load.is_over() {
                return;
            }
            let asked = now();
            let row = wish(number % 2 == 0);
            let version = row.and_then(|row| row["maintenance_mode_version"].as_i64());
            let answered = now();
            let older =
                |version| shared.number(&format!("SELECT count(*) FROM recipient WHERE mode_version < {version}"));
            let older_rows = version.and_then(older).map_or(0, |count| count.try_into().unwrap());
            self.changes.lock().unwrap().push(Change { asked, answered, version, older_rows });
            load.changes.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn by_http(port: u16, token: &str, state: bool) -> Option<Value> {
    let path = format!("/api/v4/application/settings?maintenance_mode={state}");
    let answer = try_request(port, "PUT", &path, &[&format!("PRIVATE-TOKEN: {token}")], b"").ok()?;
    (answer.status == 200).then(|| Response::json(&answer))
}

fn by_console(mut command: Command, state: bool) -> Option<Value> {
    let answer = run(command.arg(format!("maintenance_mode={state}")));
    (answer.code == 0).then(|| answer.json())
}

/// Sends one mail to these addresses and records the answer for each.
fn send(smtp: &mut Smtp, name: &str, recipients: &[&str], offers: &mut Vec<Offer>) -> io::Result<()> {
    if smtp.try_say(&format!("MAIL FROM:<{name}@outside.test>"))?.code != 250 {
        smtp.try_say("RSET")?;
        return Ok(());
    }
    let offer = |address: &str, asked, answered, said| {
        let intent = if address == ISSUE { "create_issue" } else { "postmaster" };
        Offer { name: format!("{name}/{intent}"), is_blocked: address == ISSUE, asked, answered, said }
    };
    let mut welcome = Vec::new();
    for address in recipients {
        let asked = now();
        let reply = smtp.try_say(&format!("RCPT TO:<{address}>"))?;
        match reply.code {
            250 => welcome.push(*address),
            code => offers.push(offer(address, asked, now(), said(code, &reply.text))),
        }
    }
    if welcome.is_empty() || smtp.try_say("DATA")?.code != 354 {
        smtp.try_say("RSET")?;
        return Ok(());
    }
    let asked = now();
    smtp.write(&stuffed(&message(name)))?;
    let reply = smtp.reply();
    let told = reply.as_ref().map_or(Said::Nothing, |reply| said(reply.code, &reply.text));
    offers.extend(welcome.into_iter().map(|address| offer(address, asked, now(), told)));
    reply.map(drop)
}

/// The meaning of an SMTP reply. A store that could not be reached leaves the outcome open.
fn said(code: u16, text: &str) -> Said {
    match code {
        250 => Said::Taken,
        550 => Said::Kept,
        451 if text.starts_with("4.3.2") => Said::Later,
        _ => Said::Nothing,
    }
}
