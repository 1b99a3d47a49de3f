//! `postern report`: notifications held back by the mode, and incoming mail with its verdicts. Rows
//! are read page by page and written as they arrive.

use super::args::{self, Window};
use super::console::Console;
use super::ending::{Ending, Result};
use super::pages;
use super::present::{Column, Format, Rows, Style};
use super::progress;
use super::when::{self, Towards};
use crate::domain::mode::{State, Version};
use crate::edge::http::listing::Row;
use crate::run::config::kinds::load_kinds;
use crate::run::hint::say;
use crate::store::desk::{IncomingFilter, Page, SuppressedFilter};
use crate::store::error::Result as StoreResult;
use jiff::Timestamp;
use serde_json::json;
use std::future::Future;
use std::io::stdout;

/// How many changes of the mode are searched for a window.
const CHANGES: i64 = 10_000;

const SUPPRESSED: &[Column] = &[
    Column("suppressed_at"),
    Column("recipient"),
    Column("kind"),
    Column("resend"),
    Column("subject"),
    Column("id"),
    Column("class"),
    Column("reference"),
    Column("reason"),
    Column("mode_version"),
    Column("notification_id"),
    Column("title"),
    Column("enqueued_at"),
];
const INCOMING: &[Column] = &[
    Column("received_at"),
    Column("verdict"),
    Column("sender"),
    Column("recipient"),
    Column("intent"),
    Column("state"),
    Column("reason"),
    Column("id"),
    Column("reply"),
    Column("client"),
    Column("size_bytes"),
    Column("mode_version"),
    Column("mail_id"),
    Column("message_id"),
];

pub async fn run(console: &Console, command: args::Report) -> Result<()> {
    match command {
        args::Report::Suppressed { kind, class, span } => {
            let (since, until) = range(console, &span)?;
            let mode_versions = versions(console, span.window).await?;
            let kind = match kind {
                Some(name) => Some(kind_called(console, name).await?),
                None => None,
            };
            let recipient = span.recipient.clone();
            let filter = SuppressedFilter { kind, class, recipient, mode_versions, since, until };
            write(&span, SUPPRESSED, |page| console.store.suppressed(filter.clone(), page)).await
        }
        args::Report::Incoming { intent, verdict, sender, message_id, span } => {
            let (since, until) = range(console, &span)?;
            let mode_versions = versions(console, span.window).await?;
            let recipient = span.recipient.clone();
            let found = IncomingFilter { recipient, sender, message_id, ..IncomingFilter::default() };
            let filter = IncomingFilter { intent, verdict, mode_versions, since, until, ..found };
            write(&span, INCOMING, |page| console.store.incoming(filter.clone(), page)).await
        }
    }
}

/// The kind's own name, even when an alias was given; an undeclared name may be on record too, or
/// be a mistake.
async fn kind_called(console: &Console, name: String) -> Result<String> {
    let kinds = load_kinds(&console.config)?;
    if let Some(kind) = kinds.find(&name) {
        return Ok(kind.name.clone());
    }
    let filter = SuppressedFilter { kind: Some(name.clone()), ..SuppressedFilter::default() };
    if console.store.suppressed(filter, Page { limit: 1, after: None }).await?.is_empty() {
        let nearest = kinds.nearest(&name).join(", ");
        say!("No kind is called {name}, and none of that name is on record; the nearest are: {nearest}.");
    }
    Ok(name)
}

/// Writes a report whose pages `fetch` reads.
async fn write<R: Row, T>(span: &args::Span, table: &[Column], fetch: impl Fn(Page) -> T) -> Result<()>
where
    T: Future<Output = StoreResult<Vec<R>>>,
{
    let mut out = stdout();
    let style = Style::choose(span.output.format);
    let columns = columns::<R>(table, style);
    let mut sheet = Rows::begin(&columns, style, &mut out)?;
    let progress = progress::count();
    let show = |row| {
        progress.inc(1);
        Ok(sheet.push(&json!(row))?)
    };
    pages::each(span.limit, fetch, R::key, show).await?;
    progress.finish_and_clear();
    Ok(sheet.end("Nothing like that is on record.")?)
}

/// A table starts with the most useful columns; a CSV is the same file as over HTTP.
fn columns<R: Row>(table: &[Column], style: Style) -> Vec<Column> {
    match style.format {
        Format::Csv => R::COLUMNS.iter().map(|name| Column(name)).collect(),
        Format::Table | Format::Json => table.to_vec(),
    }
}

/// The time range given by `--since` and `--until`.
fn range(console: &Console, span: &args::Span) -> Result<(Option<Timestamp>, Option<Timestamp>)> {
    let now = console.clock.now();
    let read = |option, text: &Option<String>| {
        text.as_deref().map(|text| when::parse(option, text, Towards::Past, now)).transpose()
    };
    Ok((read("--since", &span.since)?, read("--until", &span.until)?))
}

/// The mode versions of the window given by `--window`. Versions, not times: a decision belongs to
/// the mode it was made under, even when its mail or request began a moment before.
async fn versions(console: &Console, window: Option<Window>) -> Result<Option<(Version, Version)>> {
    let Some(window) = window else { return Ok(None) };
    let history = console.store.history(CHANGES).await?;
    let is_on = history.first().is_some_and(|newest| newest.mode.state == State::On);
    if window == Window::Current && !is_on {
        return Err(Ending::failed("maintenance mode is off now: use --window last for the last time it was on"));
    }
    let stretch = history.iter().skip_while(|entry| entry.mode.state == State::Off);
    let versions = stretch.take_while(|entry| entry.mode.state == State::On).map(|entry| entry.mode.version);
    let (first, last) =
        versions.fold((Version::MAX, Version::NONE), |(first, last), one| (first.min(one), last.max(one)));
    match first <= last {
        true => Ok(Some((first, last))),
        false => Err(Ending::failed("maintenance mode was never on in this store")),
    }
}
