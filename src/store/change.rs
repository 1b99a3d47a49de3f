//! Changing the mode: one script, run under the fence, after which nothing decided under an older version can appear.

use super::error::{Result, StoreError};
use super::mode::{Author, Changed};
use super::window::WindowLedger;
use crate::domain::mode::{Change, HistoryEntry, How, Mode, ModeView, State};
use crate::domain::notification::Class;
use crate::policy::outbound::{InMode, SendVerdict, in_mode, judge_delivery};
use crate::policy::rules::UnknownKind;
use jiff::Timestamp;

/// Changes the mode; with `expected`, only when that is still its version. *Off*, by whomever, ends the open windows too.
///
/// When a higher version was seen than the one that is stored, nobody knows what holds: then only a person who says *on* or *off*
/// changes anything, and it counts even when the state stays the same. The next version is higher than all that were seen, by
/// this process, by any that has said so, or by the history.
pub async fn change_mode<L: WindowLedger>(
    ledger: &mut L,
    change: &Change,
    expected: Option<i64>,
    author: &Author,
    unknown: UnknownKind,
    now: Timestamp,
) -> Result<Changed> {
    let before = ledger.stored_mode().await?;
    let seen = ledger.highest_version().await?;
    let next = change.apply(&before, now);
    if seen > before.version {
        if change.state.is_none() || expected.is_some() || author.how == How::Schedule {
            return Err(StoreError::WentBack { seen, read: before.version });
        }
    } else if expected.is_some_and(|expected| expected != before.version) {
        return Ok(Changed::Moved(before));
    } else if next == before {
        return Ok(Changed::Same(before));
    }
    let mode = Mode { version: seen.max(before.version) + 1, ..next };
    let entry = HistoryEntry {
        mode: mode.clone(),
        before: Some(before),
        changed_at: now,
        changed_by: author.name.clone(),
        how: author.how,
        drained_at: None,
    };
    ledger.write_mode(&entry).await?;
    let (suppressed, released, ended_windows) = match mode.state {
        State::On => {
            let waiting = classes_in_mode(unknown, InMode::Wait);
            ledger.withdraw(&waiting, now).await?;
            ledger.stop_retry_time(&waiting, now).await?;
            let suppressed = ledger.suppress(&classes_in_mode(unknown, InMode::Suppress), mode.version, now).await?;
            (suppressed, 0, Vec::new())
        }
        State::Off => {
            ledger.resume_retry_time(now).await?;
            let ended = ledger.end_open_windows(mode.version, &author.name, now).await?;
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
