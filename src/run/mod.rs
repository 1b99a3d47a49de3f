//! Composition: the configuration, the command line, the logs, and everything wired together.
//!
//! The only room that knows all others. It decides nothing about mail or the mode; it reads what the operator
//! wants, builds the parts accordingly and runs them.

pub mod cli;
pub mod config;
mod core_dump;
pub mod doors;
mod escape;
mod first_start;
mod greeting;
mod hint;
mod jobs;
mod limits;
mod loaded;
mod reload;
mod reporter;
pub mod secrets;
pub mod serve;
mod sight;
mod stopping;
pub mod telemetry;
pub mod wiring;

/// The variables that are text; `std::env::vars` would panic at any other.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}
