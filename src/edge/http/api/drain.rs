//! `?wait=drained` and `?wait=empty`: the request waits until the state is reached or the timeout
//! ends. While the mode is off, neither state can be reached, so a wait ends at once.

use crate::domain::mode::State as ModeState;
use crate::edge::http::Parts;
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::store::drain::Drain;
use std::sync::Arc;
use std::time::Duration;

/// Interval between looks at the store.
const TURN: Duration = Duration::from_millis(200);
/// Default timeout in seconds.
const PATIENCE: u64 = 30;
/// Longest timeout in seconds; a client that needs more asks again.
const MAX_PATIENCE: u64 = 600;

/// The state to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Goal {
    /// No work that was accepted before the mode came on is still in progress.
    Drained,
    /// No work is left at all.
    Empty,
}

impl std::fmt::Display for Goal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Drained => "drained",
            Self::Empty => "empty",
        })
    }
}

/// A request to wait.
#[derive(Debug)]
pub struct Wait {
    goal: Goal,
    patience: Duration,
}

impl Wait {
    /// Reads `wait` and `timeout` (`30`, `30s`, `5m`).
    pub fn read(params: &Params) -> Result<Option<Self>, Problem> {
        let goal = params.word("wait", &[Goal::Drained, Goal::Empty])?;
        let seconds = match params.text("timeout")? {
            None => PATIENCE,
            Some(text) => seconds(text).ok_or_else(|| {
                Problem::field(
                    "timeout",
                    format!("is no time: write seconds like 30s, or minutes like 5m, at most {MAX_PATIENCE}s"),
                )
            })?,
        };
        Ok(goal.map(|goal| Self { goal, patience: Duration::from_secs(seconds) }))
    }
}

fn seconds(text: &str) -> Option<u64> {
    let (number, unit) = match text.strip_suffix('m') {
        Some(minutes) => (minutes, 60),
        None => (text.strip_suffix('s').unwrap_or(text), 1),
    };
    number.parse::<u64>().ok()?.checked_mul(unit).filter(|seconds| *seconds <= MAX_PATIENCE)
}

/// The result of waiting.
pub enum Reached {
    /// The state is reached, or there was no request to wait.
    Yes(Drain),
    /// The state was not reached in time.
    No(Drain),
    /// The mode is off, so waiting has no point.
    Off(Drain),
}

impl Reached {
    /// The last look at the store.
    pub fn drain(&self) -> &Drain {
        match self {
            Self::Yes(drain) | Self::No(drain) | Self::Off(drain) => drain,
        }
    }
}

/// Waits until the goal or the timeout is reached; without `wait` it looks once.
pub async fn until(parts: &Parts, wait: Option<&Wait>) -> Result<Reached, Problem> {
    let end = tokio::time::Instant::now() + wait.map_or(Duration::ZERO, |wait| wait.patience);
    loop {
        let drain = parts.store.drain(Arc::clone(&parts.rules), parts.clock.now()).await?;
        let is_so = match wait.map(|wait| wait.goal) {
            None => true,
            Some(Goal::Drained) => drain.is_drained(),
            Some(Goal::Empty) => drain.is_empty(),
        };
        if is_so {
            return Ok(Reached::Yes(drain));
        }
        if drain.mode.state == ModeState::Off {
            return Ok(Reached::Off(drain));
        }
        if tokio::time::Instant::now() >= end {
            return Ok(Reached::No(drain));
        }
        tokio::time::sleep(TURN).await;
    }
}
