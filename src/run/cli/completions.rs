//! `postern completions`: prints a script that lets the shell complete commands, options and their
//! words. Needs no configuration.
//!
//! Words that the command line cannot restrict, because a configuration may declare more, are
//! suggested too. File names are suggested for files only.

use super::args::CommandLine;
use super::ending::Result;
use crate::run::config::kinds::built_in_names;
use clap::builder::PossibleValuesParser;
use clap::{Arg, Command, CommandFactory, ValueHint};
use clap_complete::Shell;
use std::io::{Write, stdout};

/// Prints the script for `shell`.
pub fn print(shell: Shell) -> Result<()> {
    // Into memory first: the generator panics when its reader closes the pipe.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut suggesting(CommandLine::command()), "postern", &mut script);
    Ok(stdout().write_all(&script)?)
}

fn suggesting(command: Command) -> Command {
    command.mut_args(suggest).mut_subcommands(suggesting)
}

fn suggest(argument: Arg) -> Arg {
    let is_open = argument.get_value_hint() == ValueHint::Unknown && argument.get_possible_values().is_empty();
    let takes_words = argument.get_action().takes_values();
    let words = match argument.get_id().as_str() {
        _ if !is_open || !takes_words => return argument,
        "only" => ["smtp", "deliver", "http"].map(str::to_owned).to_vec(),
        "kind" => built_in_names(),
        "timezone" => jiff::tz::db().available().map(|name| name.to_string()).collect(),
        _ => return argument.value_hint(ValueHint::Other),
    };
    argument.value_parser(PossibleValuesParser::new(words))
}
