//! The arguments of `postern jobs`: which background jobs are meant.

use super::Output;
use super::word::known;
use crate::domain::job::Job;
use clap::{ArgGroup, Args, Subcommand};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["names", "all"]))]
pub struct Named {
    /// The names, as `postern jobs list` shows them
    #[arg(value_name = "NAME", value_parser = known(Job::parse, Job::ALL, Job::as_str))]
    pub names: Vec<Job>,
    /// All there are
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Subcommand)]
pub enum Jobs {
    /// List the jobs: where each stands, when it ran, what came of it, when it runs next
    #[command(after_help = "Examples:\n  postern jobs list\n  postern jobs list --format json")]
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Let no turn begin until the job is resumed; waits for a turn under way to end
    #[command(after_help = "Examples:\n  postern jobs pause retention\n  postern jobs pause --all")]
    Pause(Named),
    /// Let turns begin again, the next at once
    #[command(after_help = "Example:\n  postern jobs resume retention dedup_expiry")]
    Resume(Named),
}
