//! The arguments of waiting.

use clap::{Args, ValueEnum};
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Goal {
    /// Nothing decided before is under way.
    Drained,
    /// Drained, and nothing waits, is held or queued.
    Empty,
}

#[derive(Debug, Args)]
pub struct Wait {
    /// Wait until it is so; exit 3 when it is not in time (the mode stays on)
    #[arg(long = "wait", value_enum, value_name = "WHAT")]
    pub goal: Option<Goal>,
    /// How long to wait: 60s, 5m
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = patience, requires = "goal")]
    pub timeout: Duration,
}

fn patience(text: &str) -> Result<Duration, String> {
    crate::run::config::duration::parse(text).map_err(|_| "write a duration like 60s or 5m".to_owned())
}
