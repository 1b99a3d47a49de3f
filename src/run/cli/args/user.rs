//! The arguments of `postern user`.

use super::Output;
use super::word::known;
use crate::domain::person::Role;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// The source of a password that is neither typed nor generated.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct PasswordSource {
    /// Take the password from this file
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Take the password from standard input, one line
    #[arg(long)]
    pub password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub enum User {
    /// Add a user. On a terminal it asks for the password; otherwise it generates one and prints
    /// it alone on one line
    #[command(after_help = "Examples:\n  postern user add ann\n  postern user add bob --role administrator\n  \
pass show postern/ann | postern user add ann --password-stdin")]
    Add {
        /// The name to sign in with: letters a-z, digits and . _ - @
        name: String,
        /// The user's role: administrator (may change everything) or auditor (read everything,
        /// change nothing)
        #[arg(long, value_parser = known(Role::parse, Role::ALL, Role::as_str), default_value = "auditor")]
        role: Role,
        #[command(flatten)]
        source: PasswordSource,
    },
    /// List all users with role and last sign-in
    #[command(after_help = "Example:\n  postern user list")]
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Set a new password for a user, and end the user's sessions
    #[command(after_help = "Example:\n  postern user password root")]
    Password {
        /// The name
        name: String,
        #[command(flatten)]
        source: PasswordSource,
    },
    /// Remove a user, and end the user's sessions
    #[command(after_help = "Example:\n  postern user remove ann")]
    Remove {
        /// The name
        name: String,
        /// Remove the user even if this leaves no administrator for the pages
        #[arg(long)]
        last_administrator: bool,
    },
}
