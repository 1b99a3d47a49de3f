//! The arguments of the command line, with their help texts.

mod check;
mod enqueue;
mod jobs;
mod kinds;
mod queue;
mod report;
#[cfg(test)]
mod tests;
mod user;
mod wait;
mod window;
mod word;

pub use check::{Check, Snippet};
pub use enqueue::Enqueue;
pub use jobs::{Jobs, Named};
pub use kinds::Kinds;
pub use queue::{Picked, Queue, Selection};
pub use report::{Report, Span, Window};
pub use user::{PasswordSource, User};
pub use wait::{Goal, Wait};
pub use window::{Listed, Schedule, Windows, WindowsCommand};

use super::present::Format;
use crate::run::doors::Doors;
use crate::store::access::Scope;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;
use word::{count, known, shells};

/// An email and notification gateway for self-hosted forges, with Maintenance Mode at its heart.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "Examples:\n  \
postern serve\n  postern maintenance on --message \"Back at 4\" --until 2h --wait drained\n  \
postern report suppressed --window last\n\n\
Without a command the gateway is served: `postern` is `postern serve`.\n\
Configuration: --config FILE, else POSTERN_CONFIG, else config/postern.toml, else /etc/postern/postern.toml,\n\
else built-in defaults; then variables POSTERN_SECTION__KEY. With a file in /etc/postern, relative paths start\n\
at /var/lib/postern. `postern check` says what was found.\n\
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 timed out."
)]
pub struct CommandLine {
    /// The configuration file [default: the first of POSTERN_CONFIG, config/postern.toml and
    /// /etc/postern/postern.toml that exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The command to run
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the gateway: incoming mail, outgoing mail, HTTP
    #[command(
        after_help = "Examples:\n  postern serve\n  postern --config /etc/postern.toml serve --only smtp,deliver"
    )]
    Serve {
        /// Run only these parts, separated by commas: smtp, deliver (deliveries, hand-overs, jobs),
        /// http
        #[arg(long, value_name = "PARTS", default_value = "smtp,deliver,http")]
        only: Doors,
    },
    /// Read or change the settings directly in the store, with or without a running gateway
    #[command(
        subcommand,
        after_help = "Examples:\n  postern settings get\n  postern settings set maintenance_mode=true"
    )]
    Settings(Settings),
    /// Turn maintenance mode on or off, and show its status
    #[command(
        subcommand,
        after_help = "Examples:\n  postern maintenance on --message \"Back at 4\" --wait drained\n  postern maintenance off"
    )]
    Maintenance(Maintenance),
    /// Report suppressed notifications, and incoming mail with its verdicts
    #[command(subcommand, after_help = "Example:\n  postern report suppressed --window last")]
    Report(Report),
    /// List waiting items and why they wait; retry, cancel or release them
    #[command(subcommand, after_help = "Example:\n  postern queue list --state failed")]
    Queue(Queue),
    /// List, pause and resume background jobs
    #[command(subcommand, after_help = "Example:\n  postern jobs list")]
    Jobs(Jobs),
    /// Create, list and revoke access tokens
    #[command(subcommand, after_help = "Example:\n  postern token create forge --scope enqueue")]
    Token(Token),
    /// Add, list and remove people who may sign in to the pages
    #[command(subcommand, after_help = "Example:\n  postern user add ann --role auditor")]
    User(User),
    /// Enqueue notifications from .json, .ndjson or .eml files
    #[command(
        after_help = "Examples:\n  postern enqueue notifications.ndjson\n  postern enqueue newsletter.eml --kind new_note --to ann@example.com"
    )]
    Enqueue(Enqueue),
    /// Show the kinds of notifications and how maintenance treats them
    #[command(subcommand, after_help = "Example:\n  postern kinds explain reset_password_instructions")]
    Kinds(Kinds),
    /// Check configuration, store, application and relay, and say how to fix what is wrong
    #[command(after_help = "Examples:\n  postern check\n  postern check --print postfix > postern.cf")]
    Check(Check),
    /// Bring the store's schema up to date (on SQLite, serve does this automatically)
    #[command(after_help = "Example:\n  postern --config /etc/postern.toml migrate")]
    Migrate,
    /// Print a completion script for your shell
    #[command(after_help = "Examples:\n  \
postern completions bash > /etc/bash_completion.d/postern\n  \
postern completions zsh > /usr/local/share/zsh/site-functions/_postern\n  \
postern completions fish > ~/.config/fish/completions/postern.fish")]
    Completions {
        /// The shell
        #[arg(value_parser = shells())]
        shell: Shell,
    },
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
    #[command(after_help = "Example:\n  postern settings get --format json")]
    Get {
        #[command(flatten)]
        output: Output,
    },
    /// Change settings: maintenance_mode, maintenance_mode_message, maintenance_mode_until
    #[command(
        after_help = "Examples:\n  postern settings set maintenance_mode=true\n  postern settings set maintenance_mode_message=\"Back at 4\"\n  postern settings set maintenance_mode_until=2026-12-01T04:00Z"
    )]
    Set {
        /// KEY=VALUE; an empty value removes a message or end
        #[arg(required = true, value_name = "KEY=VALUE")]
        pairs: Vec<String>,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Subcommand)]
pub enum Maintenance {
    /// Turn maintenance mode on
    #[command(
        after_help = "Examples:\n  postern maintenance on --message \"Moving to new disks\" --until 2h\n  postern maintenance on --wait drained --timeout 5m"
    )]
    On {
        /// The message shown in refusals and banners, at most 255 characters
        #[arg(long, value_name = "TEXT")]
        message: Option<String>,
        /// The planned end: 2026-12-01T04:00Z, "2026-12-01 04:00" (local), or 2h from now
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
        #[command(flatten)]
        wait: Wait,
        #[command(flatten)]
        output: Output,
    },
    /// Turn maintenance mode off; held mail is released, and open windows end
    #[command(after_help = "Example:\n  postern maintenance off")]
    Off {
        #[command(flatten)]
        output: Output,
    },
    /// Show the mode, its version, the processes that have seen it, and the work in progress or
    /// waiting
    #[command(after_help = "Examples:\n  postern maintenance status\n  postern maintenance status --format json")]
    Status {
        #[command(flatten)]
        output: Output,
    },
    /// Plan a window: the mode turns on automatically at its start
    Schedule(Schedule),
    /// List and cancel windows
    Windows(Windows),
    /// List the changes of the mode, by whom, when and how, newest first
    #[command(after_help = "Example:\n  postern maintenance history --limit 10")]
    History {
        /// Most changes to list
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = count)]
        limit: i64,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Subcommand)]
pub enum Token {
    /// Create a token; it is printed once, alone on one line
    #[command(after_help = "Example:\n  postern token create forge --scope enqueue > forge.token")]
    Create {
        /// The token's name
        name: String,
        /// What the token may do: api (all), read_api, enqueue, ingest, page
        #[arg(long, value_parser = known(Scope::parse, Scope::ALL, Scope::as_str))]
        scope: Scope,
    },
    /// List tokens, without their secrets
    #[command(after_help = "Example:\n  postern token list")]
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Revoke a token at once
    #[command(after_help = "Example:\n  postern token revoke forge")]
    Revoke {
        /// The token's name or id
        name: String,
    },
}
