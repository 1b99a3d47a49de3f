//! Reads files of notifications and turns each into its requests.

use crate::run::cli::args;
use crate::run::cli::ending::{Ending, Result};
use base64::Engine;
use bytes::Bytes;
use serde_json::json;
use std::path::Path;

/// One request, and its source.
pub struct Body {
    /// The request, as JSON.
    pub json: Bytes,
    /// The file, and the line when the file holds several requests.
    pub source: String,
}

/// Reads one file according to its extension.
///
/// # Errors
/// When it cannot be read, or its extension is unknown.
pub async fn read(file: &Path, command: &args::Enqueue) -> Result<Vec<Body>> {
    let name = file.display().to_string();
    let bytes = tokio::fs::read(file).await.map_err(|error| Ending::failed(format!("cannot read {name}: {error}")))?;
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("json") => Ok(vec![Body { json: bytes.into(), source: name }]),
        Some("ndjson" | "jsonl") => Ok(lines(&bytes, &name)),
        Some("eml") => Ok(vec![ready_message(&bytes, name, command)?]),
        _ => Err(Ending::misused(format!("{name}: name a file that ends in .json, .ndjson or .eml"))),
    }
}

fn lines(bytes: &[u8], name: &str) -> Vec<Body> {
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let full = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    full.map(|(number, line)| Body { json: Bytes::copy_from_slice(line), source: format!("{name}:{}", number + 1) })
        .collect()
}

fn ready_message(bytes: &[u8], name: String, command: &args::Enqueue) -> Result<Body> {
    let Some(kind) = &command.kind else { return Err(Ending::misused(format!("{name}: an .eml file needs --kind"))) };
    if command.to.is_empty() {
        return Err(Ending::misused(format!("{name}: an .eml file needs --to")));
    }
    let raw = base64::engine::general_purpose::STANDARD.encode(bytes);
    let request = json!({ "kind": kind, "to": command.to, "raw": raw });
    Ok(Body { json: request.to_string().into(), source: name })
}
