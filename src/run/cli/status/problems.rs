//! Concerns on the console, each as a sentence with the command to run. `status` lists them all,
//! and `off` prints those that remain after it.

use crate::concern::judge::judge;
use crate::concern::look::{Found, look};
use crate::concern::{Concern, Missed};
use crate::domain::window::{Window, WindowState};
use crate::run::cli::console::Console;
use crate::run::hint::{runnable, say};
use crate::run::sight::Sight;
use crate::shown;
use crate::store::error::Result;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;

/// The findings to judge, as this command sees them.
pub async fn find(console: &Console) -> Found {
    let seen = Sight::of_command(&console.config).look();
    look(console.store.as_ref(), Arc::new(console.config.rules()), console.clock.as_ref(), seen).await
}

/// The concerns in the form that programs read.
pub fn objects(concerns: &[Concern]) -> Value {
    let object = |concern: &Concern| {
        let command = command(concern).map(|command| runnable(&format!("`{command}`")).trim_matches('`').to_owned());
        let mut object = json!(shown::Concern::from(concern));
        object["command"] = json!(command);
        object
    };
    concerns.iter().map(object).collect()
}

/// One sentence per concern, with the command to run or, if there is none, how to fix it.
pub fn sentences(concerns: &[Concern]) -> Vec<String> {
    concerns.iter().map(|concern| runnable(&sentence(concern)).into_owned()).collect()
}

fn sentence(concern: &Concern) -> String {
    let said = concern.sentence();
    match command(concern) {
        Some(command) => format!("{}: `{command}`.", said.trim_end_matches('.')),
        None => format!("{said} {}", concern.remedy()),
    }
}

/// The command that resolves a concern, or shows more about it.
fn command(concern: &Concern) -> Option<String> {
    let command = match concern {
        Concern::ApplicationReadOnly(_) | Concern::ApplicationAway(_) | Concern::RelayAway(_) => "postern check",
        Concern::MaintenanceOverrun { .. } => "postern maintenance off",
        Concern::SlowToDrain { .. } => "postern queue list",
        Concern::FailedHandOvers { .. } => "postern queue list --type recipient --state failed",
        Concern::FailedDeliveries { .. } => "postern queue list --type delivery --state failed",
        Concern::JobFailing { .. } => "postern jobs list",
        Concern::JobsPaused { jobs } => match jobs.as_slice() {
            [one] => return Some(format!("postern jobs resume {one}")),
            _ => "postern jobs resume --all",
        },
        Concern::KeeperPaused { missed: Missed::Begin | Missed::End, .. } => "postern jobs resume window_keeper",
        Concern::UnknownKinds { .. } => "postern kinds list",
        Concern::StoreUnreachable
        | Concern::StoreDamaged
        | Concern::StoreUnwritable
        | Concern::StoreWentBack { .. }
        | Concern::DiskNearlyFull { .. }
        | Concern::NodeBehind { .. }
        | Concern::NodeWithoutMode { .. }
        | Concern::LogLinesDropped { .. }
        | Concern::CredentialsLeft { .. } => return None,
    };
    Some(command.to_owned())
}

/// Prints what remains after `off`: jobs still paused, and a window that turns the mode on again.
pub async fn say_what_stays(console: &Console) -> Result<()> {
    let concerns = judge(&find(console).await, console.clock.now());
    for paused in concerns.iter().filter(|concern| matches!(concern, Concern::JobsPaused { .. })) {
        say!("{}", sentence(paused));
    }
    if let Some(next) = next(&console.store.standing_windows().await?, console.clock.now()) {
        let (id, starts) = (next.id, next.starts_at);
        say!(
            "A window is still scheduled: the mode comes on again at {starts}; `postern maintenance windows cancel {id}` cancels it."
        );
    }
    Ok(())
}

/// The window that opens next.
fn next(windows: &[Window], now: Timestamp) -> Option<&Window> {
    windows.iter().find(|window| window.state_at(now) == WindowState::Scheduled)
}

#[cfg(test)]
mod tests;
