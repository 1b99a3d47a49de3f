//! `--wait drained` and `--wait empty`: waiting on evidence, with a line of what is still under way.

use super::args::{Goal, Wait};
use super::console::Console;
use super::ending::{Ending, Result};
use crate::run::hint::say;
use crate::store::drain::{Drain, Left};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

/// Between two looks.
const TURN: Duration = Duration::from_millis(200);

/// Waits until the goal is reached, if there is one.
pub async fn until(console: &Console, wait: &Wait) -> Result<()> {
    let Some(goal) = wait.goal else { return Ok(()) };
    let rules = Arc::new(console.config.rules());
    let line = line();
    let began = console.clock.instant();
    loop {
        let drain = console.store.drain(Arc::clone(&rules), console.clock.now()).await?;
        if is_reached(goal, &drain) {
            line.finish_and_clear();
            let since = drain.drained_at.map(|at| at.to_string()).unwrap_or_default();
            say!("{} under version {} since {since}.", name(goal), drain.mode.version);
            return Ok(());
        }
        if drain.mode.state == crate::domain::mode::State::Off {
            line.finish_and_clear();
            return Err(Ending::failed("maintenance mode was turned off meanwhile"));
        }
        line.set_message(words(&drain.left));
        if console.clock.instant().duration_since(began) >= wait.timeout {
            line.finish_and_clear();
            let left = words(&drain.left);
            return Err(Ending::timed_out(format!(
                "not {goal} in time, still {left}; maintenance mode stays on",
                goal = lower(goal)
            )));
        }
        line.tick();
        tokio::time::sleep(TURN).await;
    }
}

fn is_reached(goal: Goal, drain: &Drain) -> bool {
    match goal {
        Goal::Drained => drain.is_drained(),
        Goal::Empty => drain.is_empty(),
    }
}

fn name(goal: Goal) -> &'static str {
    match goal {
        Goal::Drained => "Drained",
        Goal::Empty => "Empty",
    }
}

fn lower(goal: Goal) -> String {
    name(goal).to_lowercase()
}

fn words(left: &Left) -> String {
    format!(
        "{} hand-overs under way, {} due, {} blocked deliveries being sent, {} kept for later",
        left.hand_overs, left.due_hand_overs, left.blocked_deliveries, left.kept
    )
}

/// A line that is kept current on a terminal; nothing in a pipe.
fn line() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{spinner} {elapsed} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    ProgressBar::new_spinner().with_style(style)
}
