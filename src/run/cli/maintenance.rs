//! `postern maintenance`: the same flag, with the words people look for.

use super::args;
use super::console::Console;
use super::ending::Result;
use super::present::{Column, Style, rows};
use super::settings::make;
use super::status;
use super::wait;
use super::when::{self, Towards};
use crate::domain::mode::{Change, HistoryEntry, State};
use serde_json::{Value, json};
use std::io::stdout;

const HISTORY: &[Column] = &[
    Column("version"),
    Column("from"),
    Column("to"),
    Column("message"),
    Column("until"),
    Column("changed_at"),
    Column("changed_by"),
    Column("how"),
    Column("drained_at"),
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
        args::Maintenance::History { limit, output } => {
            let history = console.store.history(limit).await?;
            Ok(rows(HISTORY, history.iter().map(entry), Style::choose(output.format), &mut stdout())?)
        }
    }?;
    console.close().await;
    Ok(())
}

fn entry(entry: &HistoryEntry) -> Value {
    json!({
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
