//! The clients, who never pause: MTAs at the mail doors, the forge at the HTTP doors.

use crate::harness::gateway::{ISSUE, PERSON};
use crate::harness::http::try_request;
use crate::harness::smtp::{Smtp, message};
use crate::harness::wait::{seconds, until, until_true};
use serde_json::json;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Scope;

const MTAS: usize = 2;
const FORGES: usize = 2;

/// How far the failover is, as the clients see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Before,
    InTheMode,
    /// No primary runs: no one may hear yes.
    Down,
    Promoted,
    Off,
}

/// What was answered yes, by its name and when.
pub type Taken = Mutex<Vec<(String, Phase)>>;

/// What the clients share.
pub struct Load {
    doors: Vec<(u16, u16)>,
    token: String,
    phase: Mutex<Phase>,
    is_over: AtomicBool,
    /// No store will answer any more.
    is_given_up: AtomicBool,
    /// Mails that were answered 250.
    pub mails: Taken,
    /// Notifications that were answered 202.
    pub notes: Taken,
    /// Answers that say to try again later.
    later: AtomicUsize,
}

/// What one offer came to.
enum Answered {
    Yes,
    No,
    Later,
}

impl Load {
    /// At these mail and HTTP ports.
    pub fn new(doors: Vec<(u16, u16)>, token: String) -> Self {
        let (mails, notes) = (Taken::default(), Taken::default());
        let (phase, is_over, is_given_up) = (Mutex::new(Phase::Before), AtomicBool::new(false), AtomicBool::new(false));
        Self { doors, token, phase, is_over, is_given_up, mails, notes, later: AtomicUsize::new(0) }
    }

    pub fn start<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        (0..MTAS).for_each(|own| drop(scope.spawn(move || self.send_mails(own))));
        (0..FORGES).for_each(|own| drop(scope.spawn(move || self.enqueue_notes(own))));
    }

    /// What follows is answered in this phase.
    pub fn enter(&self, phase: Phase) {
        *self.phase.lock().unwrap() = phase;
    }

    /// Lets the clients go without a final answer.
    pub fn give_up(&self) {
        self.is_given_up.store(true, Ordering::SeqCst);
    }

    fn phase(&self) -> Phase {
        *self.phase.lock().unwrap()
    }

    /// Waits until so many mails and so many notifications were answered yes in this phase.
    pub fn await_yes(&self, count: usize) {
        let phase = self.phase();
        let seen = |taken: &Taken| taken.lock().unwrap().iter().filter(|(_, in_phase)| *in_phase == phase).count();
        until_true(&format!("{count} are taken in {phase:?}"), seconds(60), || {
            seen(&self.mails) >= count && seen(&self.notes) >= count
        });
    }

    /// Waits until so many more were told to try again.
    pub fn await_later(&self, count: usize) {
        let enough = self.later.load(Ordering::SeqCst) + count;
        until_true("clients are told to try later", seconds(60), || self.later.load(Ordering::SeqCst) >= enough);
    }

    fn send_mails(&self, own: usize) {
        let mut open = None;
        self.offer_all(&format!("mail-{own}"), &self.mails, |name, (port, _), number| {
            let to = if number % 2 == 0 { ISSUE } else { PERSON };
            if open.as_ref().is_none_or(|(at, _)| *at != port) {
                open = Smtp::try_connect(port).ok().map(|smtp| (port, smtp));
            }
            let (_, smtp) = open.as_mut()?;
            let Ok(reply) = smtp.try_send(&format!("{name}@outside.test"), to, &message(name)) else {
                open = None;
                return None;
            };
            Some(reply.code)
        });
    }

    fn enqueue_notes(&self, own: usize) {
        let headers = [&*format!("PRIVATE-TOKEN: {}", self.token), "Content-Type: application/json"];
        self.offer_all(&format!("note-{own}"), &self.notes, |name, (_, port), number| {
            // One in three is kept back while the mode is on.
            let kind = if number % 3 == 0 { "prometheus_alert_fired" } else { "new_note" };
            let to = [format!("{name}@people.test")];
            let body =
                json!({"kind": kind, "to": to, "subject": name, "text": "t", "reference": name, "idempotency_key": name});
            let body = body.to_string();
            let answer = try_request(port, "POST", "/api/v4/internal/notifications", &headers, body.as_bytes());
            answer.ok().map(|answer| answer.status)
        });
    }

    /// Offers one after the other, each at one door after the other until the answer is final.
    fn offer_all(&self, own: &str, taken: &Taken, mut offer: impl FnMut(&str, (u16, u16), usize) -> Option<u16>) {
        for number in 0.. {
            if self.is_over.load(Ordering::SeqCst) {
                return;
            }
            let (name, mut door) = (format!("{own}-{number}"), number / 8);
            until(&format!("{name} is answered for good"), seconds(120), || {
                let began = self.phase();
                let answered = read(offer(&name, self.doors[door % self.doors.len()], number));
                match answered {
                    Answered::Yes => {
                        let ended = self.phase();
                        assert!((began, ended) != (Phase::Down, Phase::Down), "{name} was taken without a primary");
                        taken.lock().unwrap().push((name.clone(), ended));
                    }
                    Answered::No => {}
                    Answered::Later => {
                        self.later.fetch_add(1, Ordering::SeqCst);
                        door += 1;
                        return self.is_given_up.load(Ordering::SeqCst).then_some(());
                    }
                }
                Some(())
            });
        }
    }
}

/// The answer of either door; none is a connection that broke.
fn read(code: Option<u16>) -> Answered {
    match code {
        Some(250 | 202) => Answered::Yes,
        Some(550) => Answered::No,
        Some(421 | 451 | 503) | None => Answered::Later,
        Some(other) => panic!("a client was answered {other}"),
    }
}

/// Ends the load also when something fails, so that the clients end and the failure is seen.
pub struct Ends<'a>(pub &'a Load);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.give_up();
        }
        self.0.is_over.store(true, Ordering::SeqCst);
    }
}
