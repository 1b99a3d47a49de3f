//! What an operator should look at, a sentence each; `status` lists them all, and `off` says those that it leaves behind.

use crate::domain::job::Job;
use crate::domain::mode::State;
use crate::domain::window::{Window, WindowState};
use crate::edge::http::page::words::listed;
use crate::flag::node::LiveNode;
use crate::run::cli::console::Console;
use crate::run::hint::{runnable, say};
use crate::store::desk::Pause;
use crate::store::error::{Result, StoreError};
use crate::store::job::JobRow;
use jiff::Timestamp;

/// Everything that should be looked at; `state` is `None` while nobody knows it.
pub async fn all(
    console: &Console,
    state: Option<State>,
    trouble: Option<StoreError>,
    nodes: &[LiveNode],
) -> Result<Vec<String>> {
    let mut problems: Vec<String> = trouble.iter().map(|error| format!("{error}.")).collect();
    let strays = nodes.iter().filter(|live| !live.follows());
    problems.extend(
        strays.map(|live| format!("{} has seen version {}: {}.", live.node.name, live.node.version, live.remark())),
    );
    problems.extend(console.store.pauses().await?.iter().map(Pause::words));
    let jobs = console.store.jobs().await?;
    if state == Some(State::Off) {
        problems.extend(paused_jobs(&jobs));
    }
    let windows = console.store.standing_windows().await?;
    problems.extend(no_keeper(&jobs, &windows, console.clock.now()));
    Ok(problems.into_iter().map(|problem| runnable(&problem).into_owned()).collect())
}

/// Jobs paused for a maintenance are forgotten easily: nothing fails, and things just pile up.
fn paused_jobs(jobs: &[JobRow]) -> Option<String> {
    let paused: Vec<String> =
        jobs.iter().filter(|job| job.paused_at.is_some()).map(|job| job.name.to_string()).collect();
    match paused.as_slice() {
        [] => None,
        [one] => Some(format!("The background job {one} is still paused: `postern jobs resume {one}`.")),
        _ => Some(format!("The background jobs {} are still paused: `postern jobs resume --all`.", listed(&paused))),
    }
}

/// A window opens by the hand of its keeper only.
fn no_keeper(jobs: &[JobRow], windows: &[Window], now: Timestamp) -> Option<String> {
    let keeper = jobs.iter().find(|job| job.name == Job::WindowKeeper && job.paused_at.is_some())?;
    let next = next(windows, now)?;
    Some(format!(
        "The window {} is scheduled for {}, but cannot open by itself: its job is paused: `postern jobs resume {}`.",
        next.id, next.starts_at, keeper.name
    ))
}

/// The window that opens next.
fn next(windows: &[Window], now: Timestamp) -> Option<&Window> {
    windows.iter().find(|window| window.state_at(now) == WindowState::Scheduled)
}

/// Says what `off` leaves behind: jobs still paused, and a window that turns the mode on again.
pub async fn say_what_stays(console: &Console) -> Result<()> {
    let windows = console.store.standing_windows().await?;
    if let Some(sentence) = paused_jobs(&console.store.jobs().await?) {
        say!("{sentence}");
    }
    if let Some(next) = next(&windows, console.clock.now()) {
        let (id, starts) = (next.id, next.starts_at);
        say!(
            "A window is still scheduled: the mode comes on again at {starts}; `postern maintenance windows cancel {id}` cancels it."
        );
    }
    Ok(())
}
