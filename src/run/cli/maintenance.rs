//! `postern maintenance`: the same flag, with the words people look for.

use super::args;
use super::console::Console;
use super::ending::Result;
use super::present::{Column, Style, one, rows};
use super::settings::make;
use super::wait;
use super::when::{self, Towards};
use super::window;
use crate::domain::id::Id;
use crate::domain::mode::{Change, HistoryEntry, Mode, State};
use crate::domain::window::{Outlook, Window};
use crate::flag::follow::ALIVE;
use serde_json::{Value, json};
use std::io::stdout;
use std::sync::Arc;

const STATUS: &[Column] = &[
    Column("mode"),
    Column("version"),
    Column("message"),
    Column("since"),
    Column("until"),
    Column("overrun"),
    Column("window"),
    Column("next_window"),
    Column("drained"),
    Column("drained_at"),
    Column("empty"),
    Column("store"),
    Column("nodes"),
];
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
            let mode = make(console, change).await?;
            let waited = wait::until(console, &wait).await;
            show(console, &mode, output).await?;
            waited
        }
        args::Maintenance::Off { output } => {
            let mode = make(console, Change { state: Some(State::Off), ..Change::default() }).await?;
            show(console, &mode, output).await
        }
        args::Maintenance::Status { output } => {
            let mode = console.store.mode().await?;
            show(console, &mode, output).await
        }
        args::Maintenance::Schedule(schedule) => window::schedule(console, schedule).await,
        args::Maintenance::Windows(windows) => window::run(console, windows).await,
        args::Maintenance::History { limit, output } => {
            let history = console.store.history(limit).await?;
            let oldest = history.last().map_or(i64::MAX, |entry| entry.mode.version);
            let windows = console.store.windows_of_versions(oldest, i64::MAX).await?;
            let lines = history.iter().map(|change| entry(change, &windows));
            Ok(rows(HISTORY, lines, Style::choose(output.format), &mut stdout())?)
        }
    }?;
    console.close().await;
    Ok(())
}

async fn show(console: &Console, mode: &Mode, output: args::Output) -> Result<()> {
    let now = console.clock.now();
    let since = now.saturating_sub(ALIVE).unwrap_or(jiff::Timestamp::MIN);
    let nodes = console.store.nodes(since).await?;
    let style = Style::choose(output.format);
    let nodes = match style.format {
        super::present::Format::Json => json!(nodes),
        // In a table a node is one line of words.
        super::present::Format::Table | super::present::Format::Csv => {
            let line = |node: &crate::store::mode::Node| {
                format!("{} has seen version {}, {}", node.name, node.version, when::ago(node.seen_at, now))
            };
            json!(nodes.iter().map(line).collect::<Vec<_>>())
        }
    };
    let outlook = Outlook::new(mode, &console.store.standing_windows().await?, console.clock.now());
    window::warn(&outlook);
    let [window, next_window, overrun] = window::describe(&outlook, style);
    let depths = console.store.depths().await?;
    let drain = console.store.drain(Arc::new(console.config.rules()), console.clock.now()).await?;
    let object = json!({
        "drained": drain.is_drained(), "drained_at": drain.drained_at, "empty": drain.is_empty(),
        "mode": mode.state, "version": mode.version, "message": mode.message, "since": mode.since, "until": mode.until,
        "overrun": overrun, "window": window, "next_window": next_window,
        "store": console.store_name, "nodes": nodes, "waiting": depths.waiting, "hand_overs": depths.hand_overs,
        "held": depths.held, "queued": depths.queued, "deliveries": depths.deliveries,
    });
    Ok(one(STATUS, &object, style, &mut stdout())?)
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
