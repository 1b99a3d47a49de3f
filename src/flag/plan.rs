//! Schedules and cancels windows, for every interface. The [keeper](super::keeper) opens and ends
//! them.

use super::moment::{self, MomentError};
use super::switch::{SwitchError, plain};
use crate::clock::Clock;
use crate::domain::id::{Id, WindowId};
use crate::domain::mode::Mode;
use crate::domain::window::{Window, WindowState};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::window::{Cancelled, MAX_STANDING, Scheduled};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// How far in the past a start may be and still mean "now": clocks differ, and typing takes time.
const JUST_NOW: SignedDuration = SignedDuration::from_mins(1);

/// A requested window, as people write it.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The start, as text.
    pub starts: String,
    /// The end, as a time or a length.
    pub ends: End,
    /// The zone for times without one; `None` refuses such times.
    pub zone: Option<TimeZone>,
    /// The message for the banner and refusals.
    pub message: Option<String>,
    /// Whether the mode turns off automatically at the end.
    pub auto_off: bool,
}

/// When a window ends.
#[derive(Debug, Clone)]
pub enum End {
    /// At this time.
    At(String),
    /// After this length of elapsed time, regardless of clock changes.
    After(String),
}

/// Why a window was not scheduled or cancelled.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The start is not a valid moment.
    #[error(transparent)]
    Start(MomentError),
    /// The end is not a valid moment, or the length is not valid.
    #[error(transparent)]
    End(MomentError),
    /// The start is in the past.
    #[error("the start, {0}, is in the past: name a time to come, or turn the mode on now")]
    StartPast(Timestamp),
    /// The end is not after the start.
    #[error("the end, {ends}, is not after the start, {starts}: name a later one")]
    EndNotAfterStart {
        /// The start.
        starts: Timestamp,
        /// The end.
        ends: Timestamp,
    },
    /// The message is invalid.
    #[error(transparent)]
    Message(SwitchError),
    /// It overlaps another window.
    #[error("it overlaps the {state} window {id} from {starts} to {ends}: cancel that one first, or choose another time", state = .0.state, id = .0.id, starts = .0.starts_at, ends = .0.ends_at)]
    Overlaps(Box<Window>),
    /// The limit of scheduled windows is reached.
    #[error("{MAX_STANDING} windows are scheduled already: cancel some first")]
    TooMany,
    /// No window has this id.
    #[error("there is no window {0}")]
    Missing(WindowId),
    /// It is over already.
    #[error("the window {id} is {state} already: nothing is left to cancel", id = .0.id, state = .1)]
    Over(Box<Window>, WindowState),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Schedules and cancels windows.
#[derive(Clone)]
pub struct Planner {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Planner {
    /// A planner for `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Schedules a window on behalf of `by`.
    ///
    /// # Errors
    /// When the request is invalid, or the store refuses it.
    pub async fn schedule(&self, wish: Wish, by: String) -> Result<Window, PlanError> {
        let now = self.clock.now();
        let window = window(wish, by, now)?;
        match self.store.schedule(window.clone(), now).await? {
            Scheduled::Overlaps(other) => return Err(PlanError::Overlaps(other)),
            Scheduled::TooMany => return Err(PlanError::TooMany),
            Scheduled::Done => {}
        }
        tracing::info!(
            window.id = %window.id, window.starts_at = %window.starts_at, window.ends_at = %window.ends_at,
            window.auto_off, by = window.created_by,
            "A window is scheduled from {} to {}", window.starts_at, window.ends_at
        );
        Ok(window)
    }

    /// Cancels a window on behalf of `by`; the mode stays as it is. Returns the window and the
    /// mode.
    ///
    /// # Errors
    /// When there is no such window, it is over, or the store fails.
    pub async fn cancel(&self, id: WindowId, by: String) -> Result<(Window, Mode), PlanError> {
        let now = self.clock.now();
        match self.store.cancel_window(id, by.clone(), now).await? {
            Cancelled::Missing => Err(PlanError::Missing(id)),
            Cancelled::Over(window) => {
                let state = window.state_at(now);
                Err(PlanError::Over(Box::new(window), state))
            }
            Cancelled::Done(window, mode) => {
                tracing::info!(window.id = %id, by, mode.state = %mode.state, "The window {id} is cancelled; the mode stays {}", mode.state);
                Ok((window, mode))
            }
        }
    }
}

fn window(wish: Wish, by: String, now: Timestamp) -> Result<Window, PlanError> {
    let starts_at = moment::read(&wish.starts, wish.zone.as_ref()).map_err(PlanError::Start)?;
    let ends_at = match &wish.ends {
        End::At(text) => moment::read(text, wish.zone.as_ref()).map_err(PlanError::End)?,
        End::After(text) => {
            let length = moment::read_length(text).map_err(PlanError::End)?;
            starts_at.checked_add(length).map_err(|_| PlanError::End(MomentError::NoLength(text.clone())))?
        }
    };
    let (starts_at, ends_at) = (as_kept(starts_at), as_kept(ends_at));
    if now.duration_since(starts_at) > JUST_NOW {
        return Err(PlanError::StartPast(starts_at));
    }
    if ends_at <= starts_at || ends_at <= now {
        return Err(PlanError::EndNotAfterStart { starts: starts_at, ends: ends_at });
    }
    Ok(Window {
        id: Id::mint(now),
        starts_at,
        ends_at,
        message: plain(wish.message).map_err(PlanError::Message)?,
        auto_off: wish.auto_off,
        state: WindowState::Scheduled,
        created_at: now,
        created_by: by,
        opened_at: None,
        opened_version: None,
        begun_at: None,
        ended_at: None,
        ended_by: None,
        ended_version: None,
    })
}

/// Truncated to the store's precision.
fn as_kept(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}
