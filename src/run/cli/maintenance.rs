//! `postern maintenance`: the same flag as `postern settings`, with the words that people look for.

use super::args;
use super::console::Console;
use super::ending::Result;
use super::present::{Format, Style, rows};
use super::settings::make;
use super::status::{self, problems};
use super::wait;
use super::when::{self, Towards};
use super::window;
use crate::domain::mode::{Change, State, Version};
use crate::domain::six_digits;
use crate::shown;
use serde_json::{Value, json};
use std::io::stdout;

const HISTORY: &[&str] = &[
    "version",
    "to",
    "changed_at",
    "drained_at",
    "changed_by",
    "how",
    "message",
    "until",
    "from",
    "opened_windows",
    "ended_windows",
];

pub async fn run(console: &Console, command: args::Maintenance) -> Result<()> {
    match command {
        args::Maintenance::On { message, until, wait, output } => {
            let now = console.clock.now();
            let until = until.map(|text| when::parse("--until", &text, Towards::Future, now)).transpose()?;
            let change = Change { state: Some(State::On), message: message.map(Some), until: until.map(Some) };
            make(console, change).await?;
            let waited = wait::until(console, &wait).await;
            status::show(console, output).await?;
            waited
        }
        args::Maintenance::Off { output } => {
            make(console, Change { state: Some(State::Off), ..Change::default() }).await?;
            problems::say_what_stays(console).await?;
            status::show(console, output).await
        }
        args::Maintenance::Status { output } => status::show(console, output).await,
        args::Maintenance::Schedule(schedule) => window::schedule(console, schedule).await,
        args::Maintenance::Windows(windows) => window::run(console, windows).await,
        args::Maintenance::History { limit, output } => {
            let history = console.store.history(limit).await?;
            let oldest = history.last().map_or(Version::MAX, |entry| entry.mode.version);
            let windows = console.store.windows_of_versions(oldest, Version::MAX).await?;
            let style = Style::choose(output.format);
            let lines = history.iter().map(|change| entry(shown::Change::new(change, &windows), style.format));
            Ok(rows(HISTORY, lines, "The mode was never changed.", style, &mut stdout())?)
        }
    }?;
    console.close().await;
    Ok(())
}

/// A change as over HTTP; in tables and CSV, the modes before and after appear as their states.
fn entry(row: shown::Change, format: Format) -> Value {
    let mut flat = json!(row);
    if format != Format::Json {
        flat["from"] = json!(row.from.map(|before| before.mode));
        flat["to"] = json!(row.to.mode);
        flat["message"] = json!(row.to.message);
        flat["until"] = json!(row.to.until.map(six_digits::text));
    }
    flat
}
