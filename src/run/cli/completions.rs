//! `postern completions`: what the shell needs to complete commands, options and their words. Needs no configuration.

use super::args::CommandLine;
use super::ending::Result;
use clap::CommandFactory;
use clap_complete::Shell;
use std::io::{Write, stdout};

/// Prints the script for `shell`.
pub fn print(shell: Shell) -> Result<()> {
    // Into memory first: the generator panics when its reader has seen enough.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut CommandLine::command(), "postern", &mut script);
    Ok(stdout().write_all(&script)?)
}
