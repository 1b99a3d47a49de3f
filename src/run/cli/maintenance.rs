//! `postern maintenance`: the same flag, with the words people look for.

use super::args;
use super::console::Console;
use super::ending::Result;
use super::present::{Column, Style, rows};
use super::settings::make;
use super::status;
use super::wait;
use super::when::{self, Towards};
use super::window;
use crate::domain::id::Id;
use crate::domain::mode::{Change, HistoryEntry, State};
use crate::domain::window::Window;
use serde_json::{Value, json};
use std::io::stdout;

const HISTORY: &[Column] = &[
    Column("version"),
    Column("to"),
    Column("changed_at"),
    Column("changed_by"),
    Column("how"),
    Column("message"),
    Column("until"),
    Column("from"),
    Column("drained_at"),
    Column("opened_windows"),
    Column("ended_windows"),
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
            status::show(console, output).await
        }
        args::Maintenance::Status { output } => status::show(console, output).await,
        args::Maintenance::Schedule(schedule) => window::schedule(console, schedule).await,
        args::Maintenance::Windows(windows) => window::run(console, windows).await,
        args::Maintenance::History { limit, output } => {
            let history = console.store.history(limit).await?;
            let oldest = history.last().map_or(i64::MAX, |entry| entry.mode.version);
            let windows = console.store.windows_of_versions(oldest, i64::MAX).await?;
            let lines = history.iter().map(|change| entry(change, &windows));
            Ok(rows(HISTORY, lines, "The mode was never changed.", Style::choose(output.format), &mut stdout())?)
        }
    }?;
    console.close().await;
    Ok(())
}

fn entry(entry: &HistoryEntry, windows: &[Window]) -> Value {
    let version = Some(entry.mode.version);
    let ids = |of: fn(&Window) -> Option<i64>| -> Vec<Id> {
        windows.iter().filter(|window| of(window) == version).map(|window| window.id).collect()
    };
    json!({
        "opened_windows": ids(|window| window.opened_version),
        "ended_windows": ids(|window| window.ended_version),
        "version": entry.mode.version,
        "from": entry.before.as_ref().map(|before| before.state),
        "to": entry.mode.state,
        "message": entry.mode.message,
        "until": entry.mode.until,
        "changed_at": entry.changed_at,
        "changed_by": entry.changed_by,
        "how": entry.how,
        "drained_at": entry.drained_at,
    })
}
