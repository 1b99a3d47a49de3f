//! The arguments of `postern check`.

use super::Output;
use clap::{Args, ValueEnum};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Snippet {
    /// Lines for main.cf that forward Postern's mail to this gateway.
    Postfix,
}

#[derive(Debug, Args)]
pub struct Check {
    /// Print a snippet for this configuration instead of checking
    #[arg(long, value_enum, value_name = "WHAT")]
    pub print: Option<Snippet>,
    #[command(flatten)]
    pub output: Output,
}
