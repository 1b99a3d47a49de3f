//! The arguments of `postern enqueue`.

use super::Output;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Enqueue {
    /// A .json file (one request), .ndjson (one request per line) or .eml (a ready message, with
    /// --kind and --to)
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The kind of .eml files
    #[arg(long)]
    pub kind: Option<String>,
    /// A recipient of .eml files; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub to: Vec<String>,
    #[command(flatten)]
    pub output: Output,
}
