//! `/admin/queues`: what waits and why, what was tried, and what an operator does about it. Also while the mode is on.

use super::answer;
use super::flash::Flash;
use super::form::Form;
use super::frame::Frame;
use super::person::Person;
use super::query::{self, Pager};
use super::words;
use crate::domain::id::Id;
use crate::edge::http::Parts;
use crate::edge::http::api::queue;
use crate::edge::http::cursor;
use crate::edge::http::listing::Row;
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::store::desk::{Action, Depths, Flow, Pause, QueueItem, QueueKind};
use crate::store::notification::AttemptRecord;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// Where this page is.
const HERE: &str = "/admin/queues";

#[derive(Template)]
#[template(path = "queues.html")]
struct Queues {
    frame: Frame,
    pauses: Vec<Pause>,
    shelves: Vec<Shelf>,
    recipient: String,
    kept: Vec<(&'static str, String)>,
    is_filtered: bool,
    rows: Vec<QueueItem>,
    pager: Pager,
}

/// One of the places where something may wait, with how much does.
struct Shelf {
    label: &'static str,
    count: i64,
    way: String,
    is_here: bool,
}

#[derive(Template)]
#[template(path = "queue_item.html")]
struct One {
    frame: Frame,
    item: QueueItem,
    attempts: Vec<AttemptRecord>,
}

/// `GET`, filtered.
pub async fn list(State(parts): State<Arc<Parts>>, person: Person, params: Params) -> Result<Response, Problem> {
    let filter = queue::filter(&params)?;
    let (shown, page) = cursor::asked(&params)?;
    let mut rows = parts.store.queue(filter, page).await?;
    let more = rows.len() > shown;
    rows.truncate(shown);
    let next = rows.last().filter(|_| more).map(|last| cursor::write_key(last.key()));
    let page = Queues {
        frame: Frame::of(&parts, &person, HERE).await,
        pauses: parts.store.pauses().await?,
        shelves: shelves(&params, &parts.store.depths().await?),
        recipient: query::field(&params, "recipient"),
        kept: ["type", "state"].map(|name| (name, query::field(&params, name))).into(),
        is_filtered: params.pairs.iter().any(|(name, value)| name != "cursor" && !value.is_empty()),
        rows,
        pager: Pager::of(&params, next),
    };
    answer::show(&person.visit, &page)
}

fn shelves(params: &Params, depths: &Depths) -> Vec<Shelf> {
    let (kind, state) = (query::field(params, "type"), query::field(params, "state"));
    let all = depths.queued
        + depths.deliveries
        + depths.failed_deliveries
        + depths.waiting
        + depths.hand_overs
        + depths.held
        + depths.failed_hand_overs;
    let delivery = QueueKind::Delivery.as_str();
    let recipient = QueueKind::Recipient.as_str();
    let places = [
        ("All that waits or failed", all, "", ""),
        ("Deliveries queued", depths.queued, delivery, "queued"),
        ("being sent", depths.deliveries, delivery, "sending"),
        ("failed", depths.failed_deliveries, delivery, "failed"),
        ("Mail waiting", depths.waiting, recipient, "waiting"),
        ("being handed over", depths.hand_overs, recipient, "handing_over"),
        ("held", depths.held, recipient, "held"),
        ("failed", depths.failed_hand_overs, recipient, "failed"),
    ];
    let shelf = |(label, count, of, at): (&'static str, i64, &str, &str)| {
        let way = if of.is_empty() { HERE.to_owned() } else { format!("{HERE}?type={of}&state={at}") };
        Shelf { label, count, way, is_here: kind == of && state == at }
    };
    places.into_iter().map(shelf).collect()
}

/// `GET` of one.
pub async fn show(
    State(parts): State<Arc<Parts>>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let missing = || Problem::missing("delivery or recipient");
    let id = Id::parse(&id).ok_or_else(missing)?;
    let item = parts.store.queue_item(id).await?.ok_or_else(missing)?;
    let attempts = parts.store.attempts(id).await?;
    answer::show(&person.visit, &One { frame: Frame::of(&parts, &person, HERE).await, item, attempts })
}

/// `POST …/retry`.
pub async fn retry(State(parts): State<Arc<Parts>>, form: Form) -> Result<Response, Problem> {
    act(&parts, &form, Action::Retry, "is tried again now").await
}

/// `POST …/cancel`.
pub async fn cancel(State(parts): State<Arc<Parts>>, form: Form) -> Result<Response, Problem> {
    act(&parts, &form, Action::Cancel, "is cancelled").await
}

/// `POST …/release`.
pub async fn release(State(parts): State<Arc<Parts>>, form: Form) -> Result<Response, Problem> {
    act(&parts, &form, Action::Release, "is released, and handed over although the mode may be on").await
}

async fn act(parts: &Parts, form: &Form, action: Action, done: &str) -> Result<Response, Problem> {
    let id = form.fields.text("id")?.unwrap_or_default();
    let flash = match queue::act(parts, id, action).await {
        Ok(item) => Flash::done(format!("The {} to {} {done}.", thing(item.queue), item.recipient)),
        // It moved on while somebody looked at the page.
        Err(problem) if problem.status() == StatusCode::CONFLICT => Flash::refused(problem.said().1),
        Err(problem) => return Err(problem),
    };
    Ok(answer::go(&form.person.visit, HERE, &flash))
}

/// What one of the two is called.
fn thing(queue: QueueKind) -> &'static str {
    match queue {
        QueueKind::Delivery => "delivery",
        QueueKind::Recipient => "mail",
    }
}

/// What may be done to something in this state: try again, take out, release.
fn offered(item: &QueueItem) -> [bool; 3] {
    match item.state.as_str() {
        "queued" | "waiting" | "failed" => [true, true, false],
        "held" => [false, true, true],
        _ => [false, false, false],
    }
}

/// What it is about, in words: a notification's kind, or what an address asks for.
fn about(item: &QueueItem, parts: &QueueKind) -> String {
    match parts {
        QueueKind::Delivery => item.what.clone(),
        QueueKind::Recipient => crate::domain::mail::Intent::parse(&item.what)
            .map_or_else(|| item.what.clone(), |intent| words::intent(intent).to_owned()),
    }
}

/// Who takes nothing.
fn stands(flow: Flow) -> &'static str {
    match flow {
        Flow::HandOver => "The application takes no mail",
        Flow::Relay => "The smarthost takes no notifications",
    }
}

/// A state in words.
fn state(item: &QueueItem) -> String {
    item.state
        .replace("handing_over", "being handed over")
        .replace("handed_over", "handed over")
        .replace("sending", "being sent")
}
