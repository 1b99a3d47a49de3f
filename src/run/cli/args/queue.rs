//! The arguments of `postern queue`: the selection of deliveries and recipients.

use super::Output;
use super::word::{count, known};
use crate::domain::mail::MailState;
use crate::domain::notification::DeliveryState;
use crate::store::desk::QueueKind;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};

/// The states of deliveries and of incoming mail, each once.
fn states() -> Vec<&'static str> {
    let mut states: Vec<_> = DeliveryState::ALL.iter().map(|state| state.as_str()).collect();
    let of_mail = MailState::ALL.iter().map(|state| state.as_str());
    states.extend(of_mail.filter(|state| DeliveryState::parse(state).is_none()));
    states
}

#[derive(Debug, Default, Args)]
pub struct Selection {
    /// Only deliveries, or only recipients of incoming mail
    #[arg(long = "type", value_parser = known(QueueKind::parse, QueueKind::ALL, QueueKind::as_str), value_name = "delivery|recipient")]
    pub kind: Option<QueueKind>,
    /// Only this state [default: all waiting and failed items]
    #[arg(long, value_parser = PossibleValuesParser::new(states()))]
    pub state: Option<String>,
    /// Only this recipient, by the full address
    #[arg(long, value_name = "ADDRESS")]
    pub recipient: Option<String>,
    /// Only incoming mail from this sender, exactly; "<>" is the null sender
    #[arg(long, value_name = "ADDRESS")]
    pub sender: Option<String>,
    /// Only incoming mail with this Message-ID, with or without its angle brackets
    #[arg(long, value_name = "ID")]
    pub message_id: Option<String>,
}

#[derive(Debug, Args)]
pub struct Picked {
    /// Ids of items, as `postern queue list` shows them
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// All items that match the filters; without filters, all waiting and failed items
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Subcommand)]
pub enum Queue {
    /// List waiting and failed items with the reason, newest first
    #[command(after_help = "Examples:\n  postern queue list\n  postern queue list --state failed --format csv")]
    List {
        #[command(flatten)]
        selection: Selection,
        /// Most rows to list [default: all]
        #[arg(long, value_name = "N", value_parser = count)]
        limit: Option<i64>,
        #[command(flatten)]
        output: Output,
    },
    /// Show one item with all its attempts; for a mail or notification, all of its items
    #[command(after_help = "Example:\n  postern queue show 0190f3c2-7a52-7e3a-9b1c-2f6d4e8a1b3c")]
    Show {
        /// The id of a delivery, recipient, mail or notification
        id: String,
        #[command(flatten)]
        output: Output,
    },
    /// Retry items now
    #[command(
        after_help = "Examples:\n  postern queue retry 0190f3c2-7a52-7e3a-9b1c-2f6d4e8a1b3c\n  postern queue retry --state failed"
    )]
    Retry(Picked),
    /// Remove items from the queue
    #[command(
        after_help = "Examples:\n  postern queue cancel 0190f3c2-7a52-7e3a-9b1c-2f6d4e8a1b3c\n  postern queue cancel --recipient ann@example.com"
    )]
    Cancel(Picked),
    /// Hand over held mail even though the mode is on
    #[command(after_help = "Example:\n  postern queue release --state held")]
    Release(Picked),
}
