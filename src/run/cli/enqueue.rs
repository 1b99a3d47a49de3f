//! `postern enqueue`: notifications from files, straight to the store.

use super::args;
use super::console::Console;
use super::ending::{Ending, Result};
use super::present::{Column, Rows, Style};
use super::progress;
use crate::outbound::enqueue::{Enqueuer, Submission};
use crate::outbound::request::{EnqueueAnswer, Rejection};
use crate::run::wiring;
use base64::Engine;
use indicatif::ProgressBar;
use serde_json::json;
use std::io::stdout;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Notify;

/// Notifications in one transaction.
const TOGETHER: usize = 100;

const COLUMNS: &[Column] = &[
    Column("id"),
    Column("state"),
    Column("reason"),
    Column("mode_version"),
    Column("reference"),
    Column("warnings"),
    Column("error"),
];

pub async fn run(console: &Console, command: args::Enqueue) -> Result<()> {
    let mut bodies = Vec::new();
    for file in &command.files {
        bodies.extend(read(file, &command).await?);
    }
    let outgoing = Arc::new(wiring::outgoing(&console.config)?);
    let wake = Arc::new(Notify::new());
    let enqueuer = Enqueuer::new(Arc::clone(&console.store), outgoing, Arc::clone(&console.clock), wake);
    let mut out = stdout();
    let mut sheet = Rows::begin(COLUMNS, Style::choose(command.output.format), &mut out)?;
    let progress = progress::bar(bodies.len());
    let rejected = enqueue_all(&enqueuer, &bodies, &mut sheet, &progress).await?;
    progress.finish_and_clear();
    sheet.end()?;
    console.close().await;
    if rejected > 0 {
        return Err(Ending::failed(format!("{rejected} of {} were not enqueued; each says why", bodies.len())));
    }
    Ok(())
}

async fn enqueue_all(
    enqueuer: &Enqueuer,
    bodies: &[Body],
    sheet: &mut Rows<'_>,
    progress: &ProgressBar,
) -> Result<usize> {
    let mut rejected = 0;
    for chunk in bodies.chunks(TOGETHER) {
        let submissions: Vec<_> =
            chunk.iter().map(|body| Submission { body: &body.json, token_id: None, key: None }).collect();
        for (answer, body) in enqueuer.enqueue(&submissions).await.into_iter().zip(chunk) {
            rejected += usize::from(answer.is_err());
            progress::around(progress, || sheet.push(&row(answer, body)))?;
            progress.inc(1);
        }
    }
    Ok(rejected)
}

fn row(answer: std::result::Result<EnqueueAnswer, Rejection>, body: &Body) -> serde_json::Value {
    match answer {
        Ok(answer) => json!(answer),
        Err(rejection) => json!({ "state": "rejected", "error": format!("{}: {}", body.source, rejection.text()) }),
    }
}

/// One request, and where it stood.
struct Body {
    json: Vec<u8>,
    source: String,
}

async fn read(file: &Path, command: &args::Enqueue) -> Result<Vec<Body>> {
    let name = file.display().to_string();
    let bytes = tokio::fs::read(file).await.map_err(|error| Ending::failed(format!("cannot read {name}: {error}")))?;
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("json") => Ok(vec![Body { json: bytes, source: name }]),
        Some("ndjson" | "jsonl") => Ok(lines(&bytes, &name)),
        Some("eml") => Ok(vec![ready_message(&bytes, name, command)?]),
        _ => Err(Ending::misused(format!("{name}: name a file that ends in .json, .ndjson or .eml"))),
    }
}

fn lines(bytes: &[u8], name: &str) -> Vec<Body> {
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let full = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    full.map(|(number, line)| Body { json: line.to_vec(), source: format!("{name}:{}", number + 1) }).collect()
}

fn ready_message(bytes: &[u8], name: String, command: &args::Enqueue) -> Result<Body> {
    let Some(kind) = &command.kind else { return Err(Ending::misused(format!("{name}: an .eml file needs --kind"))) };
    if command.to.is_empty() {
        return Err(Ending::misused(format!("{name}: an .eml file needs --to")));
    }
    let raw = base64::engine::general_purpose::STANDARD.encode(bytes);
    let request = json!({ "kind": kind, "to": command.to, "raw": raw });
    Ok(Body { json: request.to_string().into_bytes(), source: name })
}
