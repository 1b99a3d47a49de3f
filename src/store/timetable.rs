//! The timetable: scheduling, cancelling and keeping windows, each one script that runs alone behind the fence.

use super::change::change_mode;
use super::error::Result;
use super::mode::{Author, Changed};
use super::window::{Cancelled, Kept, MOST_STANDING, Scheduled, WindowLedger};
use crate::domain::id::WindowId;
use crate::domain::mode::{Change, How, State};
use crate::domain::window::{Window, WindowState};
use crate::policy::rules::UnknownKind;
use crate::policy::window::{Confidence, Step, begun_at, next_step, opening};
use jiff::Timestamp;

/// Schedules a window, unless another stands at that time.
pub async fn schedule<L: WindowLedger>(ledger: &mut L, window: &Window, now: Timestamp) -> Result<Scheduled> {
    let standing = ledger.standing().await?;
    let stands = |other: &&Window| other.state_at(now) != WindowState::Missed;
    let meets = |other: &&Window| other.starts_at < window.ends_at && window.starts_at < other.ends_at;
    if let Some(other) = standing.iter().filter(stands).find(meets) {
        return Ok(Scheduled::Overlaps(Box::new(other.clone())));
    }
    if i64::try_from(standing.len()).is_ok_and(|count| count >= MOST_STANDING) {
        return Ok(Scheduled::TooMany);
    }
    ledger.add_window(window).await?;
    Ok(Scheduled::Done)
}

/// Cancels a window that is not over; the mode stays as it is.
pub async fn cancel<L: WindowLedger>(ledger: &mut L, id: WindowId, by: &str, now: Timestamp) -> Result<Cancelled> {
    let mode = ledger.mode().await?;
    let Some(window) = ledger.find_window(id).await? else { return Ok(Cancelled::Missing) };
    match window.state_at(now) {
        WindowState::Scheduled | WindowState::Open => {
            let ended_by = Some(by.to_owned());
            let window = Window { state: WindowState::Cancelled, ended_at: Some(now), ended_by, ..window };
            ledger.move_window(&window).await?;
            Ok(Cancelled::Done(window, mode))
        }
        WindowState::Ended | WindowState::Cancelled | WindowState::Missed => Ok(Cancelled::Over(window)),
    }
}

/// Does what is due, step by step. Every step brings a window nearer to its end, so there are at most two for each.
pub async fn keep<L: WindowLedger>(
    ledger: &mut L,
    confidence: Confidence,
    unknown: UnknownKind,
    now: Timestamp,
) -> Result<Vec<Kept>> {
    let mut kept = Vec::new();
    loop {
        let (mode, standing) = (ledger.mode().await?, ledger.standing().await?);
        let Some(step) = next_step(&mode, &standing, confidence, now) else { return Ok(kept) };
        kept.push(match step {
            Step::Miss(window) => {
                let window = Window { state: WindowState::Missed, ended_at: Some(now), ..window };
                ledger.move_window(&window).await?;
                Kept::Missed(window)
            }
            Step::End(window) => {
                let window = Window { state: WindowState::Ended, ended_at: Some(now), ..window };
                ledger.move_window(&window).await?;
                Kept::Ended(window)
            }
            Step::Open(window) => open(ledger, window, &standing, unknown, now).await?,
            Step::TurnOff(window) => {
                let off = Change { state: Some(State::Off), ..Change::default() };
                let changed = change_mode(ledger, &off, None, &planner(&window), unknown, now).await?;
                let ended = ledger.find_window(window.id).await?;
                Kept::TurnedOff(ended.unwrap_or(window), changed)
            }
        });
    }
}

async fn open<L: WindowLedger>(
    ledger: &mut L,
    window: Window,
    standing: &[Window],
    unknown: UnknownKind,
    now: Timestamp,
) -> Result<Kept> {
    let before = ledger.mode().await?;
    let change = opening(&window, &before, standing);
    let changed = change_mode(ledger, &change, None, &planner(&window), unknown, now).await?;
    let (Changed::Done { mode, .. } | Changed::Same(mode) | Changed::Moved(mode)) = &changed;
    let window = Window {
        state: WindowState::Open,
        opened_at: Some(now),
        opened_version: Some(mode.version),
        begun_at: begun_at(&before, mode, standing),
        ..window
    };
    ledger.move_window(&window).await?;
    Ok(Kept::Opened(window, changed))
}

/// Whose change a window's is: that of whoever scheduled it.
fn planner(window: &Window) -> Author {
    Author { name: window.created_by.clone(), how: How::Schedule }
}
