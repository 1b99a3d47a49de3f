//! `/admin/incoming_mails`: incoming mail with its intent and verdict. Keys in addresses are
//! masked, as everywhere.

use super::answer;
use super::cause;
use super::chart::{Chart, Series};
use super::facet::{self, Counted, Facet};
use super::frame::Frame;
use super::person::Person;
use super::query::{self, Pager, Search};
use super::search::{self, List};
use super::words;
use crate::domain::id::Id;
use crate::domain::mail::{DiscardReason, Intent, MailState, Verdict};
use crate::domain::mode::HistoryEntry;
use crate::edge::http::Parts;
use crate::edge::http::api::incoming as report;
use crate::edge::http::cursor;
use crate::edge::http::listing::Format;
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::store::desk::IncomingMail;
use crate::store::facet::{Choice, IncomingFacets};
use crate::store::listed::Listed;
use crate::store::notification::AttemptRecord;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;

/// The page's path.
const HERE: &str = "/admin/incoming_mails";

#[derive(Template)]
#[template(path = "incoming.html")]
struct Incoming {
    frame: Frame,
    search: Search,
    /// The kind of value that the search matched; empty without a search.
    found_by: &'static str,
    since: String,
    until: String,
    /// The parameters chosen in facets, for the form beside them.
    kept: Vec<(&'static str, String)>,
    is_filtered: bool,
    total: i64,
    facets: Vec<Facet>,
    chart: Option<Chart>,
    rows: Vec<IncomingMail>,
    pager: Pager,
    csv: String,
    ndjson: String,
}

#[derive(Template)]
#[template(path = "incoming_one.html")]
struct One {
    frame: Frame,
    mail: IncomingMail,
    reason: String,
    change: Option<HistoryEntry>,
    attempts: Vec<AttemptRecord>,
}

/// `GET`, filtered.
pub async fn list(State(parts): State<Arc<Parts>>, person: Person, params: Params) -> Result<Response, Problem> {
    let params = search::resolved(&parts, List::Incoming, query::in_utc(params)?).await?;
    let filter = report::filter(&params)?;
    let version = filter.mode_versions.map(|(version, _)| version.to_string());
    let params = query::understood(params, &[("mode_version", version)]);
    let (shown, page) = cursor::asked(&params)?;
    let tally = parts.store.incoming_tally(filter.clone()).await?;
    let mut rows = parts.store.incoming(filter.clone(), page).await?;
    let more = rows.len() > shown;
    rows.truncate(shown);
    let next = rows.last().filter(|_| more).map(|last| cursor::write_key(last.key()));
    let facets = facets(&parts, &params, tally.facets(&filter, Choice::Open)).await?;
    let hours: Vec<_> = tally.hours.iter().map(|(at, number)| (*at, vec![*number])).collect();
    let (sought, found_by) = search::shown(List::Incoming, &params);
    let page = Incoming {
        frame: Frame::of(&parts, &person, HERE).await,
        search: Search {
            name: search::NAME,
            label: "Search",
            value: sought,
            placeholder: "address, sender, Message-ID or id",
        },
        found_by,
        since: query::time_field(&params, "since"),
        until: query::time_field(&params, "until"),
        kept: ["intent", "verdict", "state", "mode_version"].map(|name| (name, query::field(&params, name))).into(),
        is_filtered: params.pairs.iter().any(|(name, value)| name != "cursor" && !value.is_empty()),
        total: tally.total(|key| filter.takes(key)),
        facets,
        chart: Chart::of("Incoming mail by hour", &[Series { name: "recipients", class: "s4" }], &hours),
        rows,
        pager: Pager::of(&params, next),
        csv: query::file(&params, "/admin/incoming_mails.csv"),
        ndjson: query::file(&params, "/admin/incoming_mails.ndjson"),
    };
    answer::show(&person.visit, &page)
}

async fn facets(parts: &Parts, params: &Params, found: IncomingFacets) -> Result<Vec<Facet>, Problem> {
    let verdict = |(verdict, count): (Verdict, i64)| counted(verdict.as_str(), words::verdict(verdict).0, count);
    let intent = |(intent, count): (Intent, i64)| counted(intent.as_str(), words::intent(intent), count);
    let state = |(state, count): (MailState, i64)| counted(state.as_str(), words::mail_state(state), count);
    let versions = facet::versions(parts, found.mode_versions).await?;
    Ok(vec![
        Facet::of(params, "Decided", "verdict", found.verdicts.into_iter().map(verdict).collect()),
        Facet::of(params, "Asked for", "intent", found.intents.into_iter().map(intent).collect()),
        Facet::of(params, "Now", "state", found.states.into_iter().map(state).collect()),
        Facet::of(params, "Decided under", "mode_version", versions),
    ])
}

fn counted(value: &str, label: &str, count: i64) -> Counted {
    (value.to_owned(), label.to_owned(), count)
}

/// `GET` of one.
pub async fn show(
    State(parts): State<Arc<Parts>>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let missing = || Problem::missing("incoming mail");
    let id = Id::parse(&id).ok_or_else(missing)?;
    let mail = match report::one(&parts, id).await {
        Err(problem) if problem.status() == StatusCode::MULTIPLE_CHOICES => {
            return Ok(answer::lead(&person.visit, &format!("{HERE}?mail_id={id}")));
        }
        found => found?,
    };
    let page = One {
        frame: Frame::of(&parts, &person, HERE).await,
        reason: reason(&mail),
        change: cause::change_of(&parts, mail.mode_version).await?,
        attempts: parts.store.attempts(mail.id.into()).await?,
        mail,
    };
    answer::show(&person.visit, &page)
}

/// The reason for the mail's outcome, in words.
fn reason(mail: &IncomingMail) -> String {
    let by_mode = mail.reason.as_deref() == Some("maintenance");
    match mail.verdict {
        Verdict::Accept => "The mode was off, or this address is open in the mode too: the mail was taken and is handed over to the application.".to_owned(),
        Verdict::Hold => "The mode was on. The mail was taken and is kept until the mode is off, or until somebody releases it.".to_owned(),
        Verdict::Discard => format!("A machine wrote it{}. It was taken and recorded; it is never answered or handed over.", sign(mail)),
        Verdict::Refuse if by_mode => "The mode was on, and the mail would have written. It was refused in the SMTP dialogue, so the sender was told by their own mail server.".to_owned(),
        Verdict::Defer if by_mode => "The mode was on, and the mail would have written. The sender's mail server keeps it and tries again.".to_owned(),
        Verdict::Refuse => "It was refused in the SMTP dialogue, so the sender was told by their own mail server.".to_owned(),
        Verdict::Defer => "The sender's mail server keeps it and tries again.".to_owned(),
    }
}

/// Why the mail was discarded; `None` for rows from before this was recorded.
fn discard_reason(mail: &IncomingMail) -> Option<DiscardReason> {
    let reason = mail.reason.as_deref().filter(|_| mail.verdict == Verdict::Discard)?;
    DiscardReason::parse(reason)
}

/// The same in words, shown beside the verdict.
fn discarded_for(mail: &IncomingMail) -> Option<&'static str> {
    discard_reason(mail).map(words::discard_reason)
}

/// The sign that a machine wrote the mail, as the rest of the sentence that claims it.
fn sign(mail: &IncomingMail) -> &'static str {
    match discard_reason(mail) {
        Some(DiscardReason::NullSender) => ": its sender is the null sender <>, as that of a bounce",
        Some(DiscardReason::AutoSubmitted) => {
            ": its header Auto-Submitted or X-Autoreply says so, as that of a vacation reply"
        }
        Some(DiscardReason::Loop) => ": it carries the mark of this gateway, which sent it before",
        Some(DiscardReason::Hops) => ": it has passed more than 50 servers, so it goes round in a circle",
        Some(DiscardReason::Report) => ": it is a multipart/report, such as a bounce",
        None => " (a bounce, a vacation reply or a loop)",
    }
}

/// `GET …csv`: the full list under the same filter.
pub async fn csv(State(parts): State<Arc<Parts>>, _: Person, params: Params) -> Result<Response, Problem> {
    file(&parts, params, Format::Csv).await
}

/// `GET …ndjson`.
pub async fn ndjson(State(parts): State<Arc<Parts>>, _: Person, params: Params) -> Result<Response, Problem> {
    file(&parts, params, Format::Ndjson).await
}

async fn file(parts: &Parts, params: Params, format: Format) -> Result<Response, Problem> {
    let params = search::resolved(parts, List::Incoming, query::as_file(params, format)?).await?;
    report::answer(parts, &params, &HeaderMap::new()).await
}
