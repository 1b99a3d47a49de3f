//! `postern maintenance schedule` and `windows`: plan maintenance, directly in the store.

use super::args::{self, Output, Schedule, Windows, WindowsCommand};
use super::console::Console;
use super::ending::{Ending, Result};
use super::pages;
use super::present::{Format, Rows, Style, one};
use crate::domain::id::Id;
use crate::domain::mode::State;
use crate::domain::window::{Outlook, Shown, Window};
use crate::flag::moment;
use crate::flag::node::ALIVE;
use crate::flag::plan::{End, PlanError, Planner, Wish};
use crate::run::config::duration::Period;
use crate::run::hint::say;
use crate::shown::{self, Row, ScheduledWindow};
use crate::store::listed::Listed;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::io::stdout;
use std::sync::Arc;
use std::time::Duration;

fn planner(console: &Console) -> Planner {
    Planner::new(Arc::clone(&console.store), Arc::clone(&console.clock))
}

pub async fn schedule(console: &Console, asked: Schedule) -> Result<()> {
    let zone = match &asked.timezone {
        None => TimeZone::system(),
        Some(name) => moment::zone(name).map_err(|error| Ending::misused(format!("--timezone: {error}")))?,
    };
    let ends = match (asked.until, asked.length) {
        (Some(until), _) => End::At(until),
        (None, Some(length)) => End::After(length),
        (None, None) => return Err(Ending::misused("say how long it lasts: --for 2h, or --until TIME")),
    };
    let (message, auto_off) = (asked.message, asked.auto_off);
    let wish = Wish { starts: asked.starts, ends, zone: Some(zone.clone()), message, auto_off };
    let window = planner(console).schedule(wish, console.author().name).await?;
    say!("The window {} is scheduled in {}.", window.id, console.store_name);
    say!("{}", times(&window, &zone));
    say!("{}", at_its_end(&window));
    say_who_keeps(console).await?;
    show(console, &window, asked.output)
}

/// Start, end and length, in local time of `zone` and in UTC.
fn times(window: &Window, zone: &TimeZone) -> String {
    let name = moment::name(zone);
    // The same precision for both, so that they can be compared.
    let has_seconds = [window.starts_at, window.ends_at].iter().any(|time| time.as_second() % 60 != 0);
    let format = if has_seconds { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M" };
    let line = |word: &str, time: Timestamp| {
        let wall = time.to_zoned(zone.clone()).strftime(format).to_string();
        let utc = time.strftime(format).to_string();
        if wall == utc { format!("  {word:<4} {utc} UTC") } else { format!("  {word:<4} {wall} {name} = {utc} UTC") }
    };
    let length = Duration::try_from(window.ends_at.duration_since(window.starts_at)).unwrap_or_default();
    format!("{}\n{} ({})", line("from", window.starts_at), line("to", window.ends_at), Period(length))
}

fn at_its_end(window: &Window) -> &'static str {
    if window.auto_off {
        "At its end the mode goes off by itself."
    } else {
        "At its end the mode stays on until somebody turns it off (or schedule it with --auto-off)."
    }
}

async fn say_who_keeps(console: &Console) -> Result<()> {
    let since = console.clock.now().saturating_sub(ALIVE).unwrap_or(Timestamp::MIN);
    if console.store.nodes(since).await?.is_empty() {
        say!("No gateway is running on this store: a window opens only while one is (with its part `deliver`).");
    }
    Ok(())
}

fn show(console: &Console, window: &Window, output: Output) -> Result<()> {
    let row = json!(ScheduledWindow::from(window.shown(console.clock.now())));
    Ok(one(ScheduledWindow::TABLE, &row, Style::choose(output.format), &mut stdout())?)
}

pub async fn run(console: &Console, windows: Windows) -> Result<()> {
    match windows.command {
        None => list(console, windows.selection).await,
        Some(WindowsCommand::List(listed)) => list(console, listed).await,
        Some(WindowsCommand::Cancel { id, output }) => cancel(console, &id, output).await,
    }
}

async fn list(console: &Console, listed: args::Listed) -> Result<()> {
    let mut out = stdout();
    let mut sheet = Rows::begin(ScheduledWindow::TABLE, Style::choose(listed.output.format), &mut out)?;
    let fetch = |page| console.store.windows(listed.state, page);
    let show = |window: Window| Ok(sheet.push(&json!(ScheduledWindow::from(window.shown(console.clock.now()))))?);
    pages::each(listed.limit, fetch, Listed::key, show).await?;
    Ok(sheet.end("There is no such window: `postern maintenance schedule START --for LENGTH` plans one.")?)
}

async fn cancel(console: &Console, id: &str, output: Output) -> Result<()> {
    let wrong = || Ending::misused(format!("`{id}` is no id: copy one from `postern maintenance windows`"));
    let id = Id::parse(id).ok_or_else(wrong)?;
    let (window, mode) = planner(console).cancel(id, console.author().name).await?;
    say!("The window {id} is cancelled.");
    if window.opened_at.is_some() && mode.state == State::On {
        say!("It was open, and maintenance mode stays on: `postern maintenance off` when the work is done.");
    }
    show(console, &window, output)
}

/// The planned windows and any overrun: as JSON, in words, or for a sheet as ids and seconds.
pub fn describe(outlook: Outlook, style: Style) -> [Value; 3] {
    match style.format {
        Format::Json => {
            let outlook = shown::Outlook::from(outlook);
            [json!(outlook.window), json!(outlook.next_window), json!(outlook.overrun)]
        }
        Format::Csv => [
            json!(outlook.window.as_ref().map(|row| row.window.id)),
            json!(outlook.next_window.as_ref().map(|row| row.window.id)),
            json!(outlook.overrun.as_ref().map(|over| over.seconds)),
        ],
        Format::Table => {
            let window = outlook.window.as_ref().map(|row| format!("{}, {}", span(row), row.window.id));
            let next = outlook.next_window.as_ref().map(|row| format!("{}, {}", span(row), row.window.id));
            let overrun = outlook.overrun.as_ref();
            [
                json!(window),
                json!(next),
                json!(overrun.map(|over| format!("{} since {}", length(over.seconds), over.since))),
            ]
        }
    }
}

fn span(row: &Shown) -> String {
    let end = if row.window.auto_off { "then off by itself" } else { "then off by hand" };
    format!("{} to {}, {end}", row.window.starts_at, row.window.ends_at)
}

fn length(seconds: i64) -> String {
    Period(Duration::try_from(SignedDuration::from_secs(seconds)).unwrap_or_default()).to_string()
}

/// Prints on standard error that the maintenance has overrun.
pub fn warn(outlook: &Outlook) {
    if let Some(overrun) = &outlook.overrun {
        say!(
            "Maintenance was to be over at {} and is still on, {} later: turn it off, or announce a new end with `postern maintenance on --until TIME`.",
            overrun.since,
            length(overrun.seconds)
        );
    }
}

/// Prints which open windows ended with the mode.
pub fn say_ended(windows: &[Window]) {
    for window in windows {
        say!("The open window {} (planned until {}) has ended with it.", window.id, window.ends_at);
    }
}

impl From<PlanError> for Ending {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Store(error) => error.into(),
            PlanError::Overlaps(_) | PlanError::TooMany | PlanError::Missing(_) | PlanError::Over(..) => {
                Self::failed(error)
            }
            PlanError::Start(_)
            | PlanError::End(_)
            | PlanError::StartPast(_)
            | PlanError::EndNotAfterStart { .. }
            | PlanError::Message(_) => Self::misused(error),
        }
    }
}
