//! `/admin/queues`: shows what waits, why, and what was tried, and lets an operator act on it. It
//! works while the mode is on.

pub mod all;
mod filters;
mod nouns;
mod review;

use super::answer;
use super::flash::Flash;
use super::form::Form;
use super::frame::Frame;
use super::person::Person;
use super::query::{self, Pager, Search};
use super::search::{self, List};
use super::words;
use crate::domain::id::{Id, kind};
use crate::domain::mail::Intent;
use crate::domain::notification::DeliveryState;
use crate::edge::http::Parts;
use crate::edge::http::api::queue;
use crate::edge::http::cursor;
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::policy::rules::Reason;
use crate::store::desk::{Action, Depths, QueueFilter, QueueItem, QueueKind};
use crate::store::listed::Listed;
use crate::store::notification::AttemptRecord;
use crate::store::pause::{Flow, Pause};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// The page's path.
const HERE: &str = "/admin/queues";

#[derive(Template)]
#[template(path = "queues.html")]
struct Queues {
    frame: Frame,
    pauses: Vec<Pause>,
    groups: [(&'static str, Vec<Shelf>); 3],
    search: Search,
    kept: Vec<(&'static str, String)>,
    is_filtered: bool,
    rows: Vec<Queued>,
    pager: Pager,
    /// Links to actions on all items of the list.
    links: Vec<filters::Link>,
}

/// A place where items may wait, with their number.
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
    about: String,
    why: String,
    item: QueueItem,
    attempts: Vec<AttemptRecord>,
}

/// `GET`, filtered.
pub async fn list(State(parts): State<Arc<Parts>>, person: Person, params: Params) -> Result<Response, Problem> {
    let params = search::resolved(&parts, List::Queue, params).await?;
    let filter = queue::filter(&params)?;
    let (rows, next) = rows(&parts, &params, &filter).await?;
    let (pauses, depths) = (parts.store.pauses().await?, parts.store.depths().await?);
    let is_one = params.text(search::ID)?.is_some();
    let page = Queues {
        frame: Frame::of(&parts, &person, HERE).await,
        groups: groups(&params, &depths),
        search: Search {
            name: search::NAME,
            label: "Search",
            value: search::shown(List::Queue, &params).0,
            placeholder: "address, sender, Message-ID or id",
        },
        kept: ["type", "state"].map(|name| (name, query::field(&params, name))).into(),
        is_filtered: params.pairs.iter().any(|(name, value)| name != "cursor" && !value.is_empty()),
        links: if is_one { Vec::new() } else { filters::links(&params, &filter, &depths, rows.is_empty()) },
        rows: rows.into_iter().map(|item| Queued::of(&parts, item, &pauses)).collect(),
        pager: Pager::of(&params, next),
        pauses,
    };
    answer::show(&person.visit, &page)
}

/// The rows of a page and the cursor of the next. With an id, all matching items that belong to it.
async fn rows(
    parts: &Parts,
    params: &Params,
    filter: &QueueFilter,
) -> Result<(Vec<QueueItem>, Option<String>), Problem> {
    if let Some(id) = params.id::<kind::Any>(search::ID)? {
        let mut rows: Vec<_> = parts.store.queue_item(id.as_if_of()).await?.into_iter().collect();
        if rows.is_empty() {
            rows = parts.store.queue_items_of(id).await?;
        }
        rows.retain(|item| filter.takes(item.queue, &item.state));
        return Ok((rows, None));
    }
    let (shown, page) = cursor::asked(params)?;
    let mut rows = parts.store.queue(filter.clone(), page).await?;
    let more = rows.len() > shown;
    rows.truncate(shown);
    let next = rows.last().filter(|_| more).map(|last| cursor::write_key(last.key()));
    Ok((rows, next))
}

fn groups(params: &Params, depths: &Depths) -> [(&'static str, Vec<Shelf>); 3] {
    let (kind, state) = (query::field(params, "type"), query::field(params, "state"));
    let shelf = |of: &str, label: &'static str, at: &str, count: i64| Shelf {
        label,
        count,
        way: if of.is_empty() { HERE.to_owned() } else { format!("{HERE}?type={of}&state={at}") },
        is_here: kind == of && state == at,
    };
    let delivery = |label, at, count| shelf(QueueKind::Delivery.as_str(), label, at, count);
    let mail = |label, at, count| shelf(QueueKind::Recipient.as_str(), label, at, count);
    let deliveries = vec![
        delivery("queued", "queued", depths.queued),
        delivery("being sent", "sending", depths.deliveries),
        delivery("failed", "failed", depths.failed_deliveries),
    ];
    let mails = vec![
        mail("waiting", "waiting", depths.waiting),
        mail("being handed over", "handing_over", depths.hand_overs),
        mail("held", "held", depths.held),
        mail("failed", "failed", depths.failed_hand_overs),
    ];
    let all = deliveries.iter().chain(&mails).map(|shelf| shelf.count).sum();
    [
        ("Everything", vec![shelf("", "waiting or failed", "", all)]),
        ("Deliveries", deliveries),
        ("Mail for the application", mails),
    ]
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
    let Queued { about, why, item } = Queued::of(&parts, item, &parts.store.pauses().await?);
    answer::show(&person.visit, &One { frame: Frame::of(&parts, &person, HERE).await, about, why, item, attempts })
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
        // The item has moved on since the person loaded the page.
        Err(problem) if problem.status() == StatusCode::CONFLICT => Flash::refused(problem.said().1),
        Err(problem) => return Err(problem),
    };
    Ok(answer::go(&form.person.visit, HERE, &flash))
}

/// The noun for an item of a type.
fn thing(queue: QueueKind) -> &'static str {
    match queue {
        QueueKind::Delivery => "delivery",
        QueueKind::Recipient => "mail",
    }
}

/// Whether an item in this state may be retried, cancelled or released.
fn offered(item: &QueueItem) -> [bool; 3] {
    let applies = |action: Action| action.states(item.queue).contains(&item.state.as_str());
    [Action::Retry, Action::Cancel, Action::Release].map(applies)
}

/// A queue item with its subject: the notification's kind, or the intent of the address.
struct Queued {
    about: String,
    why: String,
    item: QueueItem,
}

impl Queued {
    fn of(parts: &Parts, item: QueueItem, pauses: &[Pause]) -> Self {
        let about = match item.queue {
            QueueKind::Delivery => parts.kinds.find(&item.what).map(|kind| kind.title.clone()),
            QueueKind::Recipient => Intent::parse(&item.what).map(|intent| words::intent(intent).to_owned()),
        };
        let standstill = standstill(&item, pauses);
        let why = match (&item.reason, standstill) {
            (Some(reason), _) if reason == Reason::WORD && item.state == DeliveryState::Queued.as_str() => {
                "kept until the mode is off, for its kind is not declared".to_owned()
            }
            (Some(reason), standstill) if standstill.is_none_or(|pause| pause.reason != *reason) => reason.clone(),
            (_, Some(pause)) => format!("{} now", stands(pause.flow)),
            (_, None) => why(&item).to_owned(),
        };
        Self { about: about.unwrap_or_else(|| item.what.clone()), why, item }
    }
}

/// The pause that keeps the item waiting.
fn standstill<'a>(item: &QueueItem, pauses: &'a [Pause]) -> Option<&'a Pause> {
    let flow = match (item.queue, item.state.as_str()) {
        (QueueKind::Delivery, "queued") => Flow::Relay,
        (QueueKind::Recipient, "waiting") => Flow::HandOver,
        _ => return None,
    };
    pauses.iter().find(|pause| pause.flow == flow)
}

/// The text for an item whose row has no reason.
fn why(item: &QueueItem) -> &'static str {
    match item.state.as_str() {
        "held" => "kept until the mode is off",
        "queued" | "waiting" if item.attempts > 0 => "it is tried again when its time comes",
        "queued" | "waiting" => "its turn comes",
        "sending" | "handing_over" => "it is under way",
        _ => "nothing more is done about it",
    }
}

/// The text about a paused flow.
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
