//! The arguments for planning windows.

use super::Output;
use super::word::{count, known};
use crate::domain::window::WindowState;
use clap::{ArgGroup, Args, Subcommand};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postern maintenance schedule \"2026-12-01 02:00\" --for 2h --auto-off")]
#[command(group = ArgGroup::new("end").required(true).args(["length", "until"]))]
pub struct Schedule {
    /// The start: "2026-12-01 02:00", 2026-12-01T02:00+01:00, 2026-12-01T01:00Z
    #[arg(value_name = "START")]
    pub starts: String,
    /// How long it lasts, in elapsed time: 2h, 90m
    #[arg(long = "for", value_name = "LENGTH")]
    pub length: Option<String>,
    /// The end, instead of --for
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// The message shown in refusals and banners, at most 255 characters [default: the current
    /// message]
    #[arg(long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Turn the mode off automatically at the end; without it an administrator has to
    #[arg(long)]
    pub auto_off: bool,
    /// The time zone of times without one, like Europe/Berlin [default: this machine's zone]
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  postern maintenance windows\n  postern maintenance windows --state scheduled")]
#[command(args_conflicts_with_subcommands = true)]
pub struct Windows {
    #[command(subcommand)]
    pub command: Option<WindowsCommand>,
    #[command(flatten)]
    pub selection: Listed,
}

#[derive(Debug, Subcommand)]
pub enum WindowsCommand {
    /// List windows, latest start first (same as plain `windows`)
    #[command(after_help = "Example:\n  postern maintenance windows list --state open")]
    List(Listed),
    /// Cancel a window; the mode stays as it is
    #[command(after_help = "Example:\n  postern maintenance windows cancel 0198f3a1-7c5d-7d4e-8f00-3b2a1c0d9e8f")]
    Cancel {
        /// The window's id, as `postern maintenance windows` shows it
        id: String,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Args)]
pub struct Listed {
    /// Only this state
    #[arg(long, value_parser = known(WindowState::parse, WindowState::ALL, WindowState::as_str))]
    pub state: Option<WindowState>,
    /// Most rows to list [default: all]
    #[arg(long, value_name = "N", value_parser = count)]
    pub limit: Option<i64>,
    #[command(flatten)]
    pub output: Output,
}
