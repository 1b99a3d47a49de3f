//! Changing the mode: one script that runs alone, after which nothing decided under an older
//! version can appear.

use super::ledger::{WholeLedger, WindowLedger};
use super::wipe::wipe_over;
use super::{Entry, Script};
use crate::domain::mode::{Change, HistoryEntry, How, Mode, ModeView, State, Version};
use crate::domain::notification::Class;
use crate::policy::outbound::{InMode, SendVerdict, in_mode, judge_delivery};
use crate::policy::rules::UnknownKind;
use crate::store::error::{Result, StoreError};
use crate::store::mode::{Author, Changed};
use async_trait::async_trait;
use jiff::Timestamp;

/// Changes the mode.
#[derive(Debug, Clone)]
pub struct Changing {
    /// To what.
    pub change: Change,
    /// Only when that is still its version.
    pub expected: Option<Version>,
    /// Whose change it is.
    pub author: Author,
    /// What the mode does to notifications whose kind is not declared.
    pub unknown: UnknownKind,
    /// Now.
    pub now: Timestamp,
}

/// What was decided about a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It asks for what already is.
    Same(Mode),
    /// The caller had seen another version.
    Moved(Mode),
    /// It is made.
    Made(Box<Made>),
}

/// A change that is made, and what it does to what is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The mode from now on, and whose change it is.
    pub entry: HistoryEntry,
    /// These classes wait from now on: claims of them are taken back, and their retry time stands
    /// still.
    pub waiting: Vec<Class>,
    /// What is queued or claimed of these classes is suppressed.
    pub suppressed: Vec<Class>,
}

#[async_trait]
impl Script for Changing {
    type Answer = Changed;

    fn entry(&self) -> Entry {
        Entry::alone()
    }

    async fn run<L: WholeLedger>(&self, ledger: &mut L) -> Result<Changed> {
        change_mode(ledger, self).await
    }
}

/// Changes the mode in a transaction that runs alone.
pub async fn change_mode<L: WindowLedger>(ledger: &mut L, asked: &Changing) -> Result<Changed> {
    let (before, seen) = (ledger.stored_mode().await?, ledger.highest_version().await?);
    match decide(before, seen, asked)? {
        Decision::Same(mode) => Ok(Changed::Same(mode)),
        Decision::Moved(mode) => Ok(Changed::Moved(mode)),
        Decision::Made(made) => apply(ledger, *made).await,
    }
}

/// Decides about a change; `seen` is the highest version of all. *Off*, by whomever, ends the open
/// windows too.
///
/// When a higher version was seen than the one that is stored, what holds is unknown: then only a
/// person who says *on* or *off* changes anything, and it counts even when the state stays the
/// same. The next version is higher than all that were seen, by this process, by any that has said
/// so, or by the history.
///
/// # Errors
/// [`StoreError::WentBack`] when it takes a person to say what holds.
pub fn decide(before: Mode, seen: Version, asked: &Changing) -> Result<Decision> {
    let Changing { change, expected, author, unknown, now } = asked;
    let next = change.apply(&before, *now);
    if seen > before.version {
        if change.state.is_none() || expected.is_some() || author.how == How::Schedule {
            return Err(StoreError::WentBack { seen, read: before.version });
        }
    } else if expected.is_some_and(|expected| expected != before.version) {
        return Ok(Decision::Moved(before));
    } else if next == before {
        return Ok(Decision::Same(before));
    }
    let mode = Mode { version: seen.max(before.version).next(), ..next };
    let (waiting, suppressed) = match mode.state {
        State::On => (classes_in_mode(*unknown, InMode::Wait), classes_in_mode(*unknown, InMode::Suppress)),
        State::Off => (Vec::new(), Vec::new()),
    };
    let entry = HistoryEntry {
        mode,
        before: Some(before),
        changed_at: *now,
        changed_by: author.name.clone(),
        how: author.how,
        drained_at: None,
    };
    Ok(Decision::Made(Box::new(Made { entry, waiting, suppressed })))
}

async fn apply<L: WindowLedger>(ledger: &mut L, made: Made) -> Result<Changed> {
    let Made { entry, waiting, suppressed } = made;
    ledger.write_mode(&entry).await?;
    let HistoryEntry { mode, changed_at: now, changed_by, .. } = entry;
    let (suppressed, released, ended_windows) = match mode.state {
        State::On => {
            ledger.withdraw(&waiting, now).await?;
            ledger.stop_retry_time(&waiting, now).await?;
            let over = ledger.suppress(&suppressed, mode.version, now).await?;
            wipe_over(ledger, &over);
            (u64::try_from(over.len()).unwrap_or(u64::MAX), 0, Vec::new())
        }
        State::Off => {
            ledger.resume_retry_time(now).await?;
            let ended = ledger.end_open_windows(mode.version, &changed_by, now).await?;
            (0, ledger.release_held(now).await?, ended)
        }
    };
    Ok(Changed::Done { mode, suppressed, released, ended_windows })
}

/// The classes to which the mode does this while it is on.
#[must_use]
pub fn classes_in_mode(unknown: UnknownKind, what: InMode) -> Vec<Class> {
    Class::ALL.iter().copied().filter(|class| in_mode(*class, unknown) == what).collect()
}

/// The classes that may be sent under `view`.
#[must_use]
pub fn sendable_classes(view: &ModeView, unknown: UnknownKind) -> Vec<Class> {
    let may_go = |class: &Class| judge_delivery(*class, view, unknown) == SendVerdict::Send;
    Class::ALL.iter().copied().filter(may_go).collect()
}

/// The classes that wait for the end of the mode under `view`.
#[must_use]
pub fn waiting_classes(view: &ModeView, unknown: UnknownKind) -> Vec<Class> {
    let waits = |class: &Class| matches!(judge_delivery(*class, view, unknown), SendVerdict::Wait(Some(_)));
    Class::ALL.iter().copied().filter(waits).collect()
}
