//! The arguments of `postern report`: the rows and the time span.

use super::Output;
use super::word::{count, known};
use crate::domain::mail::{Intent, Verdict};
use crate::domain::notification::Class;
use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Window {
    /// The maintenance in progress.
    Current,
    /// The most recent maintenance, whether over or in progress.
    Last,
}

#[derive(Debug, Args)]
pub struct Span {
    /// Only from this time on: 2026-12-01T04:00Z, "2026-12-01 04:00" (local), or 2h ago
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Only before this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Only the current or the last maintenance
    #[arg(long, value_enum, conflicts_with_all = ["since", "until"])]
    pub window: Option<Window>,
    /// Only this recipient, by the full address
    #[arg(long, value_name = "ADDRESS")]
    pub recipient: Option<String>,
    /// Most rows to list [default: all]
    #[arg(long, value_name = "N", value_parser = count)]
    pub limit: Option<i64>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Subcommand)]
pub enum Report {
    /// List notifications that the mode suppressed, newest first
    #[command(
        after_help = "Examples:\n  postern report suppressed --window last\n  postern report suppressed --since 2h --class paging --format csv > paging.csv"
    )]
    Suppressed {
        /// Only this kind
        #[arg(long)]
        kind: Option<String>,
        /// Only this class
        #[arg(long, value_parser = known(Class::parse, Class::ALL, Class::as_str))]
        class: Option<Class>,
        #[command(flatten)]
        span: Span,
    },
    /// List incoming mail with its verdicts, newest first
    #[command(
        after_help = "Examples:\n  postern report incoming --verdict refuse --window current\n  postern report incoming --since \"2026-12-01 02:00\" --until \"2026-12-01 04:00\""
    )]
    Incoming {
        /// Only this intent
        #[arg(long, value_parser = known(Intent::parse, Intent::ALL, Intent::as_str))]
        intent: Option<Intent>,
        /// Only this verdict
        #[arg(long, value_parser = known(Verdict::parse, Verdict::ALL, Verdict::as_str))]
        verdict: Option<Verdict>,
        /// Only from exactly this sender; "<>" is the null sender
        #[arg(long, value_name = "ADDRESS")]
        sender: Option<String>,
        /// Only with this Message-ID, with or without its angle brackets
        #[arg(long, value_name = "ID")]
        message_id: Option<String>,
        #[command(flatten)]
        span: Span,
    },
}
