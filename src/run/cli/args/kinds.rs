//! The arguments of `postern kinds`.

use super::Output;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Kinds {
    /// List all declared kinds
    #[command(after_help = "Example:\n  postern kinds list --format csv > kinds.csv")]
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Explain how maintenance treats one kind, and why
    #[command(after_help = "Example:\n  postern kinds explain reset_password_instructions")]
    Explain {
        /// A kind's name or alias
        kind: String,
        #[command(flatten)]
        output: Output,
    },
}
