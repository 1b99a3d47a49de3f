//! `/admin/suppressed_mails`: the report of the notifications that the mode kept back, with their
//! recipients and the reason.

use super::answer;
use super::cause;
use super::chart::{Chart, Series};
use super::facet::{self, Facet};
use super::frame::Frame;
use super::person::Person;
use super::query::{self, Pager, Search};
use super::words;
use crate::domain::id::Id;
use crate::domain::mode::HistoryEntry;
use crate::domain::notification::{Class, Kind};
use crate::edge::http::Parts;
use crate::edge::http::api::suppressed as report;
use crate::edge::http::cursor;
use crate::edge::http::listing::Format;
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::store::desk::{Resend, SuppressedMail};
use crate::store::facet::{Choice, SuppressedFacets};
use crate::store::listed::Listed;
use crate::store::notification::AttemptRecord;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use std::sync::Arc;

/// The page's path.
const HERE: &str = "/admin/suppressed_mails";

#[derive(Template)]
#[template(path = "suppressed.html")]
struct Suppressed {
    frame: Frame,
    search: Search,
    since: String,
    until: String,
    /// The parameters chosen in facets, for the form beside them.
    kept: Vec<(&'static str, String)>,
    is_filtered: bool,
    total: i64,
    facets: Vec<Facet>,
    chart: Option<Chart>,
    rows: Vec<SuppressedMail>,
    pager: Pager,
    csv: String,
    ndjson: String,
}

#[derive(Template)]
#[template(path = "suppressed_one.html")]
struct One {
    frame: Frame,
    mail: SuppressedMail,
    kind: Option<Arc<Kind>>,
    change: Option<HistoryEntry>,
    attempts: Vec<AttemptRecord>,
}

/// `GET`, filtered.
pub async fn list(State(parts): State<Arc<Parts>>, person: Person, params: Params) -> Result<Response, Problem> {
    let params = query::in_utc(params)?;
    let filter = report::filter(&parts, &params)?;
    let version = filter.mode_versions.map(|(version, _)| version.to_string());
    let params = query::understood(params, &[("kind", filter.kind.clone()), ("mode_version", version)]);
    let (shown, page) = cursor::asked(&params)?;
    let tally = parts.store.suppressed_tally(filter.clone()).await?;
    let mut rows = parts.store.suppressed(filter.clone(), page).await?;
    let more = rows.len() > shown;
    rows.truncate(shown);
    let next = rows.last().filter(|_| more).map(|last| cursor::write_key(last.key()));
    let facets = facets(&parts, &params, tally.facets(&filter, Choice::Open)).await?;
    let hours: Vec<_> = tally.hours.iter().map(|(at, number)| (*at, vec![*number])).collect();
    let page = Suppressed {
        frame: Frame::of(&parts, &person, HERE).await,
        search: Search {
            name: "recipient",
            label: "Recipient",
            value: query::field(&params, "recipient"),
            placeholder: "the whole address",
        },
        since: query::time_field(&params, "since"),
        until: query::time_field(&params, "until"),
        kept: ["kind", "class", "mode_version"].map(|name| (name, query::field(&params, name))).into(),
        is_filtered: params.pairs.iter().any(|(name, value)| name != "cursor" && !value.is_empty()),
        total: tally.total(|key| filter.takes(key)),
        facets,
        chart: Chart::of("Suppressed mail by hour", &[Series { name: "suppressed", class: "s2" }], &hours),
        rows,
        pager: Pager::of(&params, next),
        csv: query::file(&params, "/admin/suppressed_mails.csv"),
        ndjson: query::file(&params, "/admin/suppressed_mails.ndjson"),
    };
    answer::show(&person.visit, &page)
}

async fn facets(parts: &Parts, params: &Params, found: SuppressedFacets) -> Result<Vec<Facet>, Problem> {
    let title = |name: &str| parts.kinds.find(name).map_or_else(|| name.to_owned(), |kind| kind.title.clone());
    let kinds = found.kinds.into_iter().map(|(kind, count)| (kind.clone(), title(&kind), count)).collect();
    let class = |(class, count): (Class, i64)| (class.to_string(), words::class(class).to_owned(), count);
    let versions = facet::versions(parts, found.mode_versions).await?;
    Ok(vec![
        Facet::of(params, "Kind", "kind", kinds),
        Facet::of(params, "Class", "class", found.classes.into_iter().map(class).collect()),
        Facet::of(params, "Suppressed by", "mode_version", versions),
    ])
}

/// `GET` of one.
pub async fn show(
    State(parts): State<Arc<Parts>>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let missing = || Problem::missing("suppressed mail");
    let id = Id::parse(&id).ok_or_else(missing)?;
    let mail = parts.store.suppressed_one(id).await?.ok_or_else(missing)?;
    let page = One {
        frame: Frame::of(&parts, &person, HERE).await,
        kind: parts.kinds.find(&mail.kind),
        change: cause::change_of(&parts, mail.mode_version).await?,
        attempts: parts.store.attempts(id.into()).await?,
        mail,
    };
    answer::show(&person.visit, &page)
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
    report::answer(parts, &query::as_file(params, format)?, &HeaderMap::new()).await
}
