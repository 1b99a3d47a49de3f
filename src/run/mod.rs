//! Composition: the configuration, the command line, the logs, and the wiring of all parts.
//!
//! The only room that knows all others. It decides nothing about mail or the mode; it reads the
//! operator's settings, builds the parts accordingly and runs them.

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

/// The environment variables that are valid Unicode; `std::env::vars` would panic on any other.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}
