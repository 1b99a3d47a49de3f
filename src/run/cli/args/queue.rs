//! The arguments of `postern queue`: which deliveries and recipients are meant.

use super::{Output, known};
use crate::store::desk::QueueKind;
use clap::{Args, Subcommand};

#[derive(Debug, Default, Args)]
pub struct Selection {
    /// Only deliveries, or only recipients of incoming mail
    #[arg(long = "type", value_parser = queue_kind, value_name = "delivery|recipient")]
    pub kind: Option<QueueKind>,
    /// Only this state [default: all that wait or failed]
    #[arg(long)]
    pub state: Option<String>,
    /// Only this recipient, by the full address
    #[arg(long, value_name = "ADDRESS")]
    pub recipient: Option<String>,
}

#[derive(Debug, Args)]
pub struct Picked {
    /// The ids, as `postern queue list` shows them
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// All that the filters name, or all there is
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Subcommand)]
pub enum Queue {
    /// List what waits or failed, and why, newest first
    List {
        #[command(flatten)]
        selection: Selection,
        /// At most so many rows [default: all]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
        limit: Option<i64>,
        #[command(flatten)]
        output: Output,
    },
    /// One thing, with every attempt
    Show {
        /// The id, as `postern queue list` shows it
        id: String,
        #[command(flatten)]
        output: Output,
    },
    /// Try again now
    Retry(Picked),
    /// Take out of the queue
    Cancel(Picked),
    /// Hand over held mail although the mode is on
    Release(Picked),
}

fn queue_kind(text: &str) -> Result<QueueKind, String> {
    known(text, QueueKind::parse, QueueKind::ALL, QueueKind::as_str)
}
