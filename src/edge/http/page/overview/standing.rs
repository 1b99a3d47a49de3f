//! The current state: the mode, the progress of draining, the queues, the nodes, and the problems.

use super::concern::Concerns;
use super::written;
use crate::concern::judge::judge;
use crate::domain::mode::{Mode, State};
use crate::domain::window::Outlook;
use crate::edge::http::Parts;
use crate::edge::http::concern::found_writing;
use crate::edge::http::page::moment;
use crate::edge::http::page::person::Person;
use crate::edge::http::page::words::{self, counted};
use crate::edge::http::problem::Problem;
use crate::flag::node::LiveNode;
use crate::store::desk::Depths;
use crate::store::drain::{Drain, Left};
use askama::Template;
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The label of the count of queued deliveries of an undeclared kind.
const UNDECLARED: &str = "Queued, kind not declared";

/// The changing part of the overview.
#[derive(Template)]
#[template(path = "standing.html")]
pub struct Standing {
    mode: Mode,
    is_administrator: bool,
    /// When the maintenance that is on had drained.
    drained_at: Option<Timestamp>,
    /// One sentence on the progress of the maintenance; what follows `drained_at` where there is one.
    sentence: String,
    steps: Vec<Step>,
    outlook: Outlook,
    shelves: Vec<Shelf>,
    nodes: Vec<LiveNode>,
    /// Rendered HTML of the concerns.
    concerns: String,
    /// The end of the store's log, which an operator compares in a failover.
    position: Option<String>,
}

/// A step of a maintenance: on, drained, empty.
struct Step {
    label: &'static str,
    is_reached: bool,
    at: Option<Timestamp>,
    /// What is said where there is no time.
    words: String,
}

/// A labelled count, with the age of its oldest item.
struct Shelf {
    label: &'static str,
    count: i64,
    oldest: Option<String>,
    way: &'static str,
}

impl Standing {
    /// Reads the current state.
    ///
    /// # Errors
    /// 503 when the store is unavailable.
    pub async fn read(parts: &Parts, person: &Person) -> Result<Self, Problem> {
        let now = parts.clock.now();
        let found = found_writing(parts).await;
        let concerns = written(&Concerns::of(&judge(&found, now)))?;
        found.progress?;
        let drain = parts.store.drain(Arc::clone(&parts.rules), now).await?;
        let outlook = Outlook::new(&drain.mode, &found.windows, now);
        let drained_at = drain.drained_at.filter(|_| drain.mode.state == State::On);
        let open = i64::try_from(parts.smtp_transactions.load(Ordering::Relaxed)).unwrap_or(i64::MAX);
        Ok(Self {
            is_administrator: person.is_administrator(),
            drained_at,
            sentence: sentence(&drain),
            steps: steps(&drain),
            concerns,
            shelves: shelves(&found.depths, open, now),
            mode: drain.mode,
            outlook,
            nodes: found.nodes,
            position: parts.store.position().await.unwrap_or_default().map(|position| position.lsn),
        })
    }
}

fn sentence(drain: &Drain) -> String {
    match (drain.mode.state, drain.drained_at) {
        (State::Off, _) => "Mail and notifications pass.".to_owned(),
        (State::On, Some(_)) if drain.is_empty() => "and nothing is left waiting.".to_owned(),
        (State::On, Some(_)) => "and nothing decided before is under way any more.".to_owned(),
        (State::On, None) => format!("Not drained yet: {}.", words::listed(&left(&drain.left))),
    }
}

/// The work that keeps a maintenance from being drained.
fn left(left: &Left) -> Vec<String> {
    let parts = [
        (left.hand_overs, counted(left.hand_overs, "mail is being handed over", "mails are being handed over")),
        (
            left.blocked_deliveries,
            counted(
                left.blocked_deliveries,
                "delivery of a kept-back class is being sent",
                "deliveries of kept-back classes are being sent",
            ),
        ),
        (
            left.due_hand_overs,
            counted(
                left.due_hand_overs,
                "accepted mail is still to be handed over",
                "accepted mails are still to be handed over",
            ),
        ),
    ];
    parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words).collect()
}

fn steps(drain: &Drain) -> Vec<Step> {
    if drain.mode.state == State::Off {
        return Vec::new();
    }
    let kept = drain.left.kept;
    vec![
        Step { label: "On", is_reached: true, at: None, words: format!("version {}", drain.mode.version) },
        Step { label: "Drained", is_reached: drain.is_drained(), at: drain.drained_at, words: "waiting".to_owned() },
        Step {
            label: "Empty",
            is_reached: drain.is_empty(),
            at: None,
            words: if kept == 0 { "nothing waits".to_owned() } else { counted(kept, "waits", "wait") },
        },
    ]
}

/// The age of the oldest item. It is omitted below a minute, because a value that always changes
/// would be sent every time.
fn oldest(at: Option<Timestamp>, now: Timestamp) -> Option<String> {
    at.map(|at| match now.duration_since(at).as_secs() {
        ..60 => "under 1 min".to_owned(),
        seconds => moment::span(seconds - seconds % 60),
    })
}

fn shelves(depths: &Depths, open: i64, now: Timestamp) -> Vec<Shelf> {
    let mut shelves = vec![
        Shelf {
            label: "Deliveries queued",
            count: depths.queued,
            oldest: oldest(depths.oldest_queued_at, now),
            way: "/admin/queues?type=delivery&state=queued",
        },
        Shelf {
            label: UNDECLARED,
            count: depths.unclassified,
            oldest: None,
            way: "/admin/queues?type=delivery&state=queued",
        },
        Shelf {
            label: "Being sent",
            count: depths.deliveries,
            oldest: None,
            way: "/admin/queues?type=delivery&state=sending",
        },
        Shelf {
            label: "Mail waiting",
            count: depths.waiting,
            oldest: oldest(depths.oldest_waiting_at, now),
            way: "/admin/queues?type=recipient&state=waiting",
        },
        Shelf {
            label: "Being handed over",
            count: depths.hand_overs,
            oldest: None,
            way: "/admin/queues?type=recipient&state=handing_over",
        },
        Shelf { label: "Held", count: depths.held, oldest: None, way: "/admin/queues?type=recipient&state=held" },
        Shelf { label: "SMTP open here", count: open, oldest: None, way: "" },
    ];
    // An installation whose kinds are all declared does not need this count.
    shelves.retain(|shelf| shelf.label != UNDECLARED || shelf.count > 0);
    shelves
}
