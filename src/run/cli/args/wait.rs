//! The arguments of waiting.

use clap::{Args, ValueEnum};
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Goal {
    /// No work decided before the mode came on is in progress.
    Drained,
    /// Drained, and nothing waits, is held or queued.
    Empty,
}

#[derive(Debug, Args)]
pub struct Wait {
    /// Wait for this state; exit with 3 when the time is over first (the mode stays on)
    #[arg(long = "wait", value_enum, value_name = "WHAT")]
    pub goal: Option<Goal>,
    /// How long to wait: 60s, 5m
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = patience, requires = "goal")]
    pub timeout: Duration,
}

fn patience(text: &str) -> Result<Duration, String> {
    crate::run::config::duration::parse(text).map_err(|_| "write a duration like 60s or 5m".to_owned())
}
