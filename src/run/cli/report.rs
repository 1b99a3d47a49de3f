//! `postern report`: notifications held back by the mode, and incoming mail with its verdicts. Rows
//! are read page by page and written as they arrive.

use super::args::{self, Window};
use super::console::Console;
use super::ending::{Ending, Result};
use super::pages;
use super::present::{Format, Rows, Style};
use super::progress;
use super::when::{self, Towards};
use crate::domain::mode::{State, Version};
use crate::run::config::kinds::load_kinds;
use crate::run::hint::say;
use crate::shown::{IncomingMail, Row, SuppressedMail};
use crate::store::desk::{IncomingFilter, Page, SuppressedFilter};
use crate::store::error::Result as StoreResult;
use crate::store::listed::Listed;
use jiff::Timestamp;
use serde_json::json;
use std::future::Future;
use std::io::stdout;

/// How many changes of the mode are searched for a window.
const CHANGES: i64 = 10_000;

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
            write(&span, |page| console.store.suppressed(filter.clone(), page), SuppressedMail::from).await
        }
        args::Report::Incoming { intent, verdict, sender, message_id, span } => {
            let (since, until) = range(console, &span)?;
            let mode_versions = versions(console, span.window).await?;
            let recipient = span.recipient.clone();
            let found = IncomingFilter { recipient, sender, message_id, ..IncomingFilter::default() };
            let filter = IncomingFilter { intent, verdict, mode_versions, since, until, ..found };
            write(&span, |page| console.store.incoming(filter.clone(), page), IncomingMail::from).await
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

/// Writes a report whose pages `fetch` reads and whose rows `shown` shows.
async fn write<L: Listed, R: Row, T>(span: &args::Span, fetch: impl Fn(Page) -> T, shown: impl Fn(L) -> R) -> Result<()>
where
    T: Future<Output = StoreResult<Vec<L>>>,
{
    let mut out = stdout();
    let style = Style::choose(span.output.format);
    // A table starts with the most useful columns; a CSV is the same file as over HTTP.
    let columns = match style.format {
        Format::Csv => R::SHEET,
        Format::Table | Format::Json => R::TABLE,
    };
    let mut sheet = Rows::begin(columns, style, &mut out)?;
    let progress = progress::count();
    let show = |row| {
        progress.inc(1);
        Ok(sheet.push(&json!(shown(row)))?)
    };
    pages::each(span.limit, fetch, Listed::key, show).await?;
    progress.finish_and_clear();
    Ok(sheet.end("Nothing like that is on record.")?)
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
