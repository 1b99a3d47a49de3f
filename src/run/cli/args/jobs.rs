//! The arguments of `postern jobs`.

use super::Output;
use super::word::known;
use crate::domain::job::Job;
use clap::{ArgGroup, Args, Subcommand};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["names", "all"]))]
pub struct Named {
    /// Names of jobs, as `postern jobs list` shows them
    #[arg(value_name = "NAME", value_parser = known(Job::parse, Job::ALL, Job::as_str))]
    pub names: Vec<Job>,
    /// All jobs
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Subcommand)]
pub enum Jobs {
    /// List the jobs with their state, last run, last result and next run
    #[command(after_help = "Examples:\n  postern jobs list\n  postern jobs list --format json")]
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Pause a job: no turn starts until it is resumed. Waits for a turn in progress to end
    #[command(after_help = "Examples:\n  postern jobs pause retention\n  postern jobs pause --all")]
    Pause(Named),
    /// Resume a job; its next turn starts at once
    #[command(after_help = "Example:\n  postern jobs resume retention dedup_expiry")]
    Resume(Named),
}
