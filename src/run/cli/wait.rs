//! `--wait drained` and `--wait empty`: wait until the store confirms it, with a line that shows
//! the remaining work.

use super::args::{Goal, Wait};
use super::console::Console;
use super::ending::{Ending, Result};
use crate::domain::wording::number;
use crate::run::hint::say;
use crate::store::drain::{Drain, Left};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

/// Interval between two checks.
const TURN: Duration = Duration::from_millis(200);

/// Waits until the goal is reached; returns at once without a goal.
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
        line.set_message(words(goal, &drain.left));
        if console.clock.instant().duration_since(began) >= wait.timeout {
            line.finish_and_clear();
            let left = words(goal, &drain.left);
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

/// What is left before the goal, short enough for one terminal line.
fn words(goal: Goal, left: &Left) -> String {
    let mut parts = still(left);
    // What is due or being sent is already listed.
    let later = left.kept - left.due_hand_overs - left.blocked_deliveries;
    if goal == Goal::Empty && later > 0 {
        parts.push(format!("{} kept", number(later)));
    }
    parts.join(", ")
}

/// What keeps a maintenance from being drained.
pub fn still(left: &Left) -> Vec<String> {
    let parts = [
        (left.hand_overs, "being handed over"),
        (left.due_hand_overs, "due for hand-over"),
        (left.blocked_deliveries, "blocked being sent"),
    ];
    parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{} {words}", number(count)))
        .collect()
}

/// A progress line that is updated on a terminal, and hidden in a pipe.
fn line() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    ProgressBar::new_spinner().with_style(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_once_and_fits_a_terminal() {
        let left = Left { hand_overs: 12, due_hand_overs: 1_034, blocked_deliveries: 2, kept: 12_345 };
        assert_eq!(words(Goal::Drained, &left), "12 being handed over, 1,034 due for hand-over, 2 blocked being sent");
        let empty = words(Goal::Empty, &left);
        assert!(empty.ends_with(", 11,309 kept"), "{empty}");
        let usual = Left { due_hand_overs: 34, kept: 381, ..left };
        assert!(format!("| 59s {}", words(Goal::Empty, &usual)).len() <= 80);
        let one = Left { due_hand_overs: 1, kept: 1, ..Left::default() };
        assert_eq!(words(Goal::Empty, &one), "1 due for hand-over");
    }
}
