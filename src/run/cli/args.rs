//! What may stand on the command line, and the help that teaches it.

mod queue;
mod report;
mod wait;
mod window;

pub use queue::{Picked, Queue, Selection};
pub use report::{Report, Span, Window};
pub use wait::{Goal, Wait};
pub use window::{Listed, Schedule, Windows, WindowsCommand};

use super::present::Format;
use crate::run::doors::Doors;
use crate::store::access::Scope;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// An email and notification gateway for self-hosted forges, with Maintenance Mode at its heart.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "Without a command the gateway is served: `postern` is `postern serve`.\n\
Configuration: built-in defaults, then config/postern.toml if there, then variables POSTERN_SECTION__KEY.\n\
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 timed out."
)]
pub struct CommandLine {
    /// The configuration file [default: config/postern.toml, if there]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the gateway: mail in, mail out, HTTP
    Serve {
        /// Run only these parts: smtp, deliver (deliveries, hand-overs, jobs), http, or several by comma
        #[arg(long, value_name = "PARTS", default_value = "smtp,deliver,http")]
        only: Doors,
    },
    /// Read or set the settings, straight in the store, with or without a running gateway
    #[command(subcommand)]
    Settings(Settings),
    /// Turn maintenance mode on or off, and see where it stands
    #[command(subcommand)]
    Maintenance(Maintenance),
    /// Who did not get what: suppressed notifications, and incoming mail with its verdicts
    #[command(subcommand)]
    Report(Report),
    /// What waits and why; retry, cancel or release it
    #[command(subcommand)]
    Queue(Queue),
    /// Make, list and revoke access tokens
    #[command(subcommand)]
    Token(Token),
    /// Enqueue notifications from .json, .ndjson or .eml files
    Enqueue(Enqueue),
    /// The kinds of notifications and what maintenance means for them
    #[command(subcommand)]
    Kinds(Kinds),
    /// Check configuration, store, application and relay, and say how to mend what is wrong
    Check(Check),
    /// Bring the store's schema up to date (serve does it by itself on SQLite)
    Migrate,
}

#[derive(Debug, Clone, Copy, Args)]
pub struct Output {
    /// How to show the result [default: table on a terminal, json in a pipe]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
}

#[derive(Debug, Subcommand)]
pub enum Settings {
    /// Show the settings
    Get {
        #[command(flatten)]
        output: Output,
    },
    /// Change settings: maintenance_mode=true maintenance_mode_message="Back at 4" maintenance_mode_until=2026-12-01T04:00Z
    Set {
        /// KEY=VALUE; an empty value takes a message or end away
        #[arg(required = true, value_name = "KEY=VALUE")]
        pairs: Vec<String>,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Subcommand)]
pub enum Maintenance {
    /// Turn maintenance mode on
    On {
        /// The words people read in refusals and banners, at most 255 characters
        #[arg(long, value_name = "TEXT")]
        message: Option<String>,
        /// When it is planned to end: 2026-12-01T04:00Z, "2026-12-01 04:00" (local), or 2h from now
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
        #[command(flatten)]
        wait: Wait,
        #[command(flatten)]
        output: Output,
    },
    /// Turn maintenance mode off; held mail is released, and open windows end
    Off {
        #[command(flatten)]
        output: Output,
    },
    /// Mode, version, who has seen it, and what is under way or waiting
    Status {
        #[command(flatten)]
        output: Output,
    },
    /// Plan a window: the mode comes on at its start, by itself
    Schedule(Schedule),
    /// List and cancel windows
    Windows(Windows),
    /// Who changed the mode, when and how, newest first
    History {
        /// At most so many changes
        #[arg(long, default_value_t = 100)]
        limit: i64,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a token; it is printed once, alone on one line
    Create {
        /// What to call it
        name: String,
        /// What it may do: api (all), read_api, enqueue, ingest, page
        #[arg(long, value_parser = scope)]
        scope: Scope,
    },
    /// List tokens, without their secrets
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Revoke a token at once
    Revoke {
        /// Its name or id
        name: String,
    },
}

#[derive(Debug, Args)]
pub struct Enqueue {
    /// .json (one), .ndjson (one a line) or .eml (a ready message, with --kind and --to)
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

#[derive(Debug, Subcommand)]
pub enum Kinds {
    /// All declared kinds
    List {
        #[command(flatten)]
        output: Output,
    },
    /// What maintenance means for one kind, and why
    Explain {
        /// A kind's name or alias
        kind: String,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Snippet {
    /// main.cf lines that forward our mail to this gateway.
    Postfix,
}

#[derive(Debug, Args)]
pub struct Check {
    /// Print a snippet for this configuration instead
    #[arg(long, value_enum, value_name = "WHAT")]
    pub print: Option<Snippet>,
    #[command(flatten)]
    pub output: Output,
}

/// Reads a word out of a known few; the error lists them.
fn known<T: Copy>(
    text: &str,
    parse: impl Fn(&str) -> Option<T>,
    all: &[T],
    spell: impl Fn(T) -> &'static str,
) -> Result<T, String> {
    parse(text)
        .ok_or_else(|| format!("write one of: {}", all.iter().map(|one| spell(*one)).collect::<Vec<_>>().join(", ")))
}

fn scope(text: &str) -> Result<Scope, String> {
    known(text, Scope::parse, Scope::ALL, Scope::as_str)
}
