//! The command line: one file per command. Results go to standard output, everything else to
//! standard error.
//!
//! Commands other than `serve` and `migrate` never create a store. Exit codes: 0 done, 1 failed, 2
//! wrong usage or configuration, 3 timed out.

mod args;
mod check;
mod completions;
mod console;
mod ending;
mod enqueue;
mod jobs;
mod kinds;
mod maintenance;
mod pages;
mod postfix;
pub mod present;
mod progress;
mod queue;
mod report;
mod settings;
mod status;
mod token;
mod user;
mod wait;
mod when;
mod window;

use crate::clock::SystemClock;
use crate::run::config::{self, Config};
use crate::run::{doors::Doors, hint, serve};
use args::{Command, CommandLine};
use clap::Parser;
use console::Console;
use ending::{Ending, Result};
use std::process::ExitCode;
use std::sync::Arc;

/// Runs the command given on the command line.
#[must_use]
pub fn main() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => {
            // Help and version go to standard output with exit code 0, mistakes to standard error
            // with 2: clap decides.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match run(line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(ending) => ending.say(),
    }
}

fn run(line: CommandLine) -> Result<()> {
    if let Some(Command::Completions { shell }) = line.command {
        return completions::print(shell);
    }
    if let Some(file) = &line.config {
        hint::remember(file);
    }
    let config = config::load(line.config.as_deref(), crate::run::environment())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Ending::failed)?;
    runtime.block_on(execute(line.command.unwrap_or(Command::Serve { only: Doors::all() }), config))
}

async fn execute(command: Command, config: Config) -> Result<()> {
    match command {
        Command::Serve { only } => Ok(serve::serve(config, only, Arc::new(SystemClock)).await?),
        Command::Migrate => console::migrate(&config).await,
        Command::Completions { shell } => completions::print(shell),
        Command::Kinds(kinds) => kinds::run(&config, kinds),
        Command::Check(check) => check::run(config, check).await,
        Command::Settings(settings) => settings::run(&Console::open(config).await?, settings).await,
        Command::Maintenance(maintenance) => maintenance::run(&Console::open(config).await?, maintenance).await,
        Command::Report(report) => report::run(&Console::open(config).await?, report).await,
        Command::Queue(queue) => queue::run(&Console::open(config).await?, queue).await,
        Command::Jobs(jobs) => jobs::run(&Console::open(config).await?, jobs).await,
        Command::Token(token) => token::run(&Console::open(config).await?, token).await,
        Command::User(user) => user::run(&Console::open(config).await?, user).await,
        Command::Enqueue(enqueue) => enqueue::run(&Console::open(config).await?, enqueue).await,
    }
}
