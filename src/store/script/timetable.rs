//! The timetable: scheduling, cancelling and keeping windows, each one script that runs alone
//! behind the fence.

use super::change::{Changing, change_mode};
use super::ledger::{WholeLedger, WindowLedger};
use super::{Entry, Script};
use crate::domain::id::WindowId;
use crate::domain::mode::{Change, How, Mode, State};
use crate::domain::window::{Window, WindowState};
use crate::policy::rules::UnknownKind;
use crate::policy::window::{Confidence, Step, begun_at, next_step, opening};
use crate::store::error::Result;
use crate::store::mode::Author;
use crate::store::window::{Cancelled, Kept, MAX_STANDING, Scheduled};
use async_trait::async_trait;
use jiff::Timestamp;

/// Schedules a window, unless another stands at that time.
#[derive(Debug, Clone)]
pub struct Scheduling {
    /// The window.
    pub window: Window,
    /// Now.
    pub now: Timestamp,
}

/// Cancels a window that is not over; the mode stays as it is.
#[derive(Debug, Clone)]
pub struct Cancelling {
    /// Which.
    pub id: WindowId,
    /// Who cancels it.
    pub by: String,
    /// Now.
    pub now: Timestamp,
}

/// Does what is due, step by step. Every step brings a window nearer to its end, so there are at
/// most two for each.
#[derive(Debug, Clone, Copy)]
pub struct Keeping {
    /// Whether the clock is trusted.
    pub confidence: Confidence,
    /// What the mode does to notifications whose kind is not declared.
    pub unknown: UnknownKind,
    /// Now.
    pub now: Timestamp,
}

#[async_trait]
impl Script for Scheduling {
    type Answer = Scheduled;

    fn entry(&self) -> Entry {
        Entry::alone()
    }

    async fn run<L: WholeLedger>(&self, ledger: &mut L) -> Result<Scheduled> {
        let scheduled = decide(&self.window, &ledger.standing().await?, self.now);
        if scheduled == Scheduled::Done {
            ledger.add_window(&self.window).await?;
        }
        Ok(scheduled)
    }
}

/// Decides whether a window finds its time free among those that stand.
fn decide(window: &Window, standing: &[Window], now: Timestamp) -> Scheduled {
    let stands = |other: &&Window| other.state_at(now) != WindowState::Missed;
    let meets = |other: &&Window| other.starts_at < window.ends_at && window.starts_at < other.ends_at;
    if let Some(other) = standing.iter().filter(stands).find(meets) {
        return Scheduled::Overlaps(Box::new(other.clone()));
    }
    if i64::try_from(standing.len()).is_ok_and(|count| count >= MAX_STANDING) {
        return Scheduled::TooMany;
    }
    Scheduled::Done
}

#[async_trait]
impl Script for Cancelling {
    type Answer = Cancelled;

    fn entry(&self) -> Entry {
        Entry::alone()
    }

    async fn run<L: WholeLedger>(&self, ledger: &mut L) -> Result<Cancelled> {
        let mode = ledger.mode().await?;
        let Some(window) = ledger.find_window(self.id).await? else { return Ok(Cancelled::Missing) };
        match window.state_at(self.now) {
            WindowState::Scheduled | WindowState::Open => {
                let (ended_at, ended_by) = (Some(self.now), Some(self.by.clone()));
                let window = Window { state: WindowState::Cancelled, ended_at, ended_by, ..window };
                ledger.move_window(&window).await?;
                Ok(Cancelled::Done(window, mode))
            }
            WindowState::Ended | WindowState::Cancelled | WindowState::Missed => Ok(Cancelled::Over(window)),
        }
    }
}

#[async_trait]
impl Script for Keeping {
    type Answer = Vec<Kept>;

    fn entry(&self) -> Entry {
        Entry::alone()
    }

    async fn run<L: WholeLedger>(&self, ledger: &mut L) -> Result<Vec<Kept>> {
        let mut kept = Vec::new();
        loop {
            let (mode, standing) = (ledger.mode().await?, ledger.standing().await?);
            let Some(step) = next_step(&mode, &standing, self.confidence, self.now) else { return Ok(kept) };
            kept.push(self.take(ledger, step, &mode, &standing).await?);
        }
    }
}

impl Keeping {
    async fn take<L: WindowLedger>(
        &self,
        ledger: &mut L,
        step: Step,
        before: &Mode,
        standing: &[Window],
    ) -> Result<Kept> {
        let ended_at = Some(self.now);
        Ok(match step {
            Step::Miss(window) => {
                let window = Window { state: WindowState::Missed, ended_at, ..window };
                ledger.move_window(&window).await?;
                Kept::Missed(window)
            }
            Step::End(window) => {
                let window = Window { state: WindowState::Ended, ended_at, ..window };
                ledger.move_window(&window).await?;
                Kept::Ended(window)
            }
            Step::Open(window) => {
                let change = opening(&window, before, standing);
                let changed = change_mode(ledger, &self.changing(change, &window)).await?;
                let window = Window {
                    state: WindowState::Open,
                    opened_at: Some(self.now),
                    opened_version: Some(changed.mode().version),
                    begun_at: begun_at(before, changed.mode(), standing),
                    ..window
                };
                ledger.move_window(&window).await?;
                Kept::Opened(window, changed)
            }
            Step::TurnOff(window) => {
                let off = Change { state: Some(State::Off), ..Change::default() };
                let changed = change_mode(ledger, &self.changing(off, &window)).await?;
                let ended = ledger.find_window(window.id).await?;
                Kept::TurnedOff(ended.unwrap_or(window), changed)
            }
        })
    }

    /// A change that a window brings; its author is the person who scheduled the window.
    fn changing(&self, change: Change, window: &Window) -> Changing {
        let author = Author { name: window.created_by.clone(), how: How::Schedule };
        Changing { change, expected: None, author, unknown: self.unknown, now: self.now }
    }
}
