//! `postern settings`: changes the flag from the console, directly in the store.

use super::args;
use super::console::Console;
use super::ending::{Ending, Result};
use super::present::{Style, one};
use super::status::problems;
use super::when::{self, Towards};
use super::window;
use crate::domain::mode::{Change, Mode, SeenMode, State, Version};
use crate::flag::node::{LiveNode, live_nodes};
use crate::run::hint::say;
use crate::shown::Settings;
use crate::store::mode::Changed;
use serde_json::json;
use std::io::stdout;
use std::time::Duration;

const FIELDS: &[&str] =
    &["maintenance_mode", "maintenance_mode_message", "maintenance_mode_until", "maintenance_mode_version"];

pub async fn run(console: &Console, command: args::Settings) -> Result<()> {
    match command {
        args::Settings::Get { output } => {
            let mode = console.store.mode().await?;
            say!("Store {}.", console.store_name);
            show(&mode, output)
        }
        args::Settings::Set { pairs, output } => {
            let change = read(&pairs, console)?;
            let is_off = change.state == Some(State::Off);
            let mode = make(console, change).await?;
            if is_off {
                problems::say_what_stays(console).await?;
            }
            console.close().await;
            show(&mode, output)
        }
    }
}

fn show(mode: &Mode, output: args::Output) -> Result<()> {
    let settings = json!(Settings::from(mode.clone()));
    Ok(one(FIELDS, &settings, Style::choose(output.format), &mut stdout())?)
}

fn read(pairs: &[String], console: &Console) -> Result<Change> {
    let mut change = Change::default();
    for pair in pairs {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| Ending::misused(format!("`{pair}`: write KEY=VALUE, like maintenance_mode=true")))?;
        match key {
            "maintenance_mode" => change.state = Some(state(value)?),
            "maintenance_mode_message" => change.message = Some(Some(value.to_owned())),
            "maintenance_mode_until" if value.is_empty() => change.until = Some(None),
            "maintenance_mode_until" => {
                change.until = Some(Some(when::parse(key, value, Towards::Future, console.clock.now())?));
            }
            other => {
                let known = FIELDS[..3].join(", ");
                return Err(Ending::misused(format!("there is no setting `{other}`: the settings are {known}")));
            }
        }
    }
    Ok(change)
}

fn state(value: &str) -> Result<State> {
    match value {
        "true" | "1" | "on" => Ok(State::On),
        "false" | "0" | "off" => Ok(State::Off),
        other => Err(Ending::misused(format!("maintenance_mode={other}: write true or false"))),
    }
}

/// Makes a change and prints, on standard error, what it did and which processes have seen it.
///
/// When a gateway turns out to have seen a higher version than this store has (the store was just
/// restored), the change is repeated, so that it gets a version above that one.
pub async fn make(console: &Console, change: Change) -> Result<Mode> {
    let mode = set(console, change.clone()).await?;
    let nodes = await_followers(console, mode.version).await?;
    let ahead = nodes.iter().find(|live| live.node.mode == SeenMode::Unknown && live.node.version > mode.version);
    let Some(ahead) = ahead.filter(|_| change.state.is_some()) else {
        say_who_has_seen(&nodes);
        return Ok(mode);
    };
    say!(
        "{} has seen version {} of this store, which must have been restored since; saying it once more.",
        ahead.node.name,
        ahead.node.version
    );
    let mode = set(console, change).await?;
    say_who_has_seen(&await_followers(console, mode.version).await?);
    Ok(mode)
}

async fn set(console: &Console, change: Change) -> Result<Mode> {
    match console.switch().set(change, None, console.author()).await? {
        Changed::Done { mode, suppressed, released, ended_windows } => {
            say!("Maintenance mode is {} in {}, version {}.", mode.state, console.store_name, mode.version);
            if suppressed > 0 {
                say!("{suppressed} queued deliveries are now suppressed: see `postern report suppressed`.");
            }
            if released > 0 {
                say!("{released} held mails are released.");
            }
            window::say_ended(&ended_windows);
            say_message(&mode);
            Ok(mode)
        }
        Changed::Same(mode) | Changed::Moved(mode) => {
            say!("Maintenance mode is {} in {} already, version {}.", mode.state, console.store_name, mode.version);
            say_message(&mode);
            Ok(mode)
        }
    }
}

/// Prints the message in force, so that the operator notices a forgotten or missing one.
fn say_message(mode: &Mode) {
    match (mode.state, &mode.message) {
        (State::On, Some(message)) => say!("People read: {message}"),
        (State::On, None) => say!("It has no message; `postern maintenance on --message TEXT` gives it one."),
        (State::Off, Some(message)) => say!("The message of the next maintenance: {message}"),
        (State::Off, None) => {}
    }
}

/// Waits a moment for the live processes to see the version; the change holds in either case.
async fn await_followers(console: &Console, version: Version) -> Result<Vec<LiveNode>> {
    const TRIES: u32 = 20;
    /// When no process is listed yet, one may be about to report a higher version: its turns are
    /// shorter than this wait.
    const TRIES_ALONE: u32 = 4;
    let mut nodes = Vec::new();
    for tried in 0..TRIES {
        nodes = live_nodes(console.store.as_ref(), console.clock.as_ref(), version).await?;
        let is_ahead = |live: &LiveNode| live.node.mode == SeenMode::Unknown && live.node.version > version;
        let is_alone = nodes.is_empty() && tried < TRIES_ALONE;
        if (!is_alone && nodes.iter().all(LiveNode::follows)) || nodes.iter().any(is_ahead) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(nodes)
}

fn say_who_has_seen(nodes: &[LiveNode]) {
    if nodes.is_empty() {
        say!("No gateway is running on this store; the next to start will follow it.");
        return;
    }
    let seen = nodes.iter().filter(|live| live.follows()).count();
    say!("{seen} of {} live nodes have seen it.", nodes.len());
    for live in nodes.iter().filter(|live| !live.follows()) {
        say!("  {} has seen version {}: {}.", live.node.name, live.node.version, live.remark());
    }
}
