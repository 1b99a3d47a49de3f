//! What may be said about people who sign in.

use super::Output;
use super::word::known;
use crate::domain::person::Role;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Where a password comes from, when it is neither typed nor made.
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
    /// Let somebody sign in. On a terminal the password is asked for; otherwise one is made and printed, alone on one line
    #[command(after_help = "Examples:\n  postern user add ann\n  postern user add bob --role administrator\n  \
pass show postern/ann | postern user add ann --password-stdin")]
    Add {
        /// The name to sign in with: letters a-z, digits and . _ - @
        name: String,
        /// What they may do: administrator (all) or auditor (read everything, change nothing)
        #[arg(long, value_parser = known(Role::parse, Role::ALL, Role::as_str), default_value = "auditor")]
        role: Role,
        #[command(flatten)]
        source: PasswordSource,
    },
    /// List everybody, with role and last sign-in
    #[command(after_help = "Example:\n  postern user list")]
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Give somebody another password, and end their sessions
    #[command(after_help = "Example:\n  postern user password root")]
    Password {
        /// The name
        name: String,
        #[command(flatten)]
        source: PasswordSource,
    },
    /// Remove somebody, and sign them out everywhere
    #[command(after_help = "Example:\n  postern user remove ann")]
    Remove {
        /// The name
        name: String,
        /// Also when nobody is left then who may change anything on the pages
        #[arg(long)]
        last_administrator: bool,
    },
}
