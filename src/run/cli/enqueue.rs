//! `postern enqueue`: enqueues notifications from files, directly into the store.
//!
//! JSON and CSV have a row for every request. A table is for people: it lists the rows only when
//! they are few, and sentences say which requests were rejected and why.

mod source;
mod tally;

use super::args;
use super::console::Console;
use super::ending::{Ending, Result};
use super::present::{Format, Rows, Style};
use super::progress;
use crate::outbound::enqueue::{Enqueuer, Submission};
use crate::outbound::request::{EnqueueAnswer, Rejection};
use crate::run::config::kinds::load_kinds;
use crate::run::hint::say;
use crate::run::wiring;
use crate::shown;
use indicatif::ProgressBar;
use serde_json::json;
use source::Body;
use std::io::stdout;
use std::sync::Arc;
use tally::Tally;
use tokio::sync::Notify;

/// Notifications per transaction.
const TOGETHER: usize = 100;

/// Most rows that a table lists; for more, only the counts are useful.
const FEW: usize = 20;

const COLUMNS: &[&str] = &["id", "state", "reason", "mode_version", "reference", "warnings", "error"];
/// Errors and warnings are printed below a table, where there is room.
const TABLE: &[&str] = &["id", "state", "reason", "mode_version", "reference"];

pub async fn run(console: &Console, command: args::Enqueue) -> Result<()> {
    let mut bodies = Vec::new();
    for file in &command.files {
        bodies.extend(source::read(file, &command).await?);
    }
    let outgoing = Arc::new(wiring::outgoing(&console.config, load_kinds(&console.config)?));
    let wake = Arc::new(Notify::new());
    let enqueuer = Enqueuer::new(Arc::clone(&console.store), outgoing, Arc::clone(&console.clock), wake);
    let style = Style::choose(command.output.format);
    let mut out = stdout();
    let mut sheet = match style.format {
        Format::Table if bodies.len() > FEW => None,
        Format::Table => Some(Rows::begin(TABLE, style, &mut out)?),
        Format::Json | Format::Csv => Some(Rows::begin(COLUMNS, style, &mut out)?),
    };
    let progress = progress::bar(bodies.len());
    let tally = enqueue_all(&enqueuer, &bodies, (sheet.as_mut(), style.format), &progress).await?;
    progress.finish_and_clear();
    if let Some(sheet) = sheet {
        sheet.end("Nothing was enqueued.")?;
    }
    console.close().await;
    if let Some(unsaid) = tally.unsaid().filter(|_| style.format == Format::Table) {
        say!("{unsaid}");
    }
    say!("{}", tally.words());
    if tally.rejected() > 0 { Err(Ending::already_said()) } else { Ok(()) }
}

async fn enqueue_all(
    enqueuer: &Enqueuer,
    bodies: &[Body],
    (mut sheet, format): (Option<&mut Rows<'_>>, Format),
    progress: &ProgressBar,
) -> Result<Tally> {
    let mut tally = Tally::default();
    for chunk in bodies.chunks(TOGETHER) {
        let submissions =
            chunk.iter().map(|body| Submission { body: body.json.clone(), token_id: None, key: None }).collect();
        for (answer, body) in enqueuer.enqueue(submissions).await.into_iter().zip(chunk) {
            let sentences = tally.count(&answer, &body.source);
            let is_listed = format != Format::Table || answer.is_ok();
            if format == Format::Table && !sentences.is_empty() {
                progress.suspend(|| sentences.iter().for_each(|sentence| say!("{sentence}")));
            }
            if let Some(sheet) = sheet.as_mut().filter(|_| is_listed) {
                progress::around(progress, || sheet.push(&row(answer, body)))?;
            }
            progress.inc(1);
        }
    }
    Ok(tally)
}

fn row(answer: std::result::Result<EnqueueAnswer, Rejection>, body: &Body) -> serde_json::Value {
    match answer {
        Ok(answer) => json!(shown::EnqueueAnswer::from(answer)),
        Err(rejection) => json!({ "state": "rejected", "error": format!("{}: {}", body.source, rejection.text()) }),
    }
}
