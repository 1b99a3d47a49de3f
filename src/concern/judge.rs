//! Turns findings into concerns: pure, the most severe first.

use super::look::Found;
use super::{Concern, Missed, Severity, Standstill};
use crate::domain::job::Job;
use crate::domain::mode::{SeenMode, State};
use crate::domain::report::{Disk, Seen};
use crate::domain::window::{Outlook, WindowState};
use crate::flag::node::LiveNode;
use crate::store::drain::Progress;
use crate::store::error::StoreError;
use crate::store::job::JobRow;
use crate::store::pause::{Cause, Flow, Pause};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Seconds after which a maintenance should be drained; every lease has ended long before.
const PATIENCE: i64 = 120;

/// Seconds that the credentials of the first start may stay on the disk: one day.
const SETTLING_IN: i64 = 86_400;

/// Below this a disk may fill up within minutes: about ten of the largest mails.
const CRITICAL_BYTES: u64 = 256 * 1024 * 1024;

/// Below this, and below a tenth of its size, a disk is nearly full.
const LOW_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// The concerns at `now`.
#[must_use]
pub fn judge(found: &Found, now: Timestamp) -> Vec<Concern> {
    let mut concerns: Vec<Concern> = store(found).into_iter().collect();
    concerns.extend(found.seen.iter().flat_map(disks));
    concerns.extend(found.pauses.iter().map(standstill));
    if let Ok(progress) = &found.progress {
        concerns.extend(overrun(found, progress, now));
        concerns.extend(slow(progress, now));
    }
    concerns.extend(found.nodes.iter().filter_map(stray));
    concerns.extend(failed(found));
    concerns.extend(found.jobs.iter().filter_map(failing));
    concerns.extend(paused(found));
    concerns.extend(keeper(found, now));
    concerns.extend(undeclared(found));
    concerns.extend(found.seen.iter().flat_map(|seen| left_by_process(seen, now)));
    // The sort is stable: within one severity the order above stays.
    concerns.sort_by_key(|concern| concern.severity() != Severity::Error);
    concerns
}

fn store(found: &Found) -> Option<Concern> {
    let error = found.progress.as_ref().err()?;
    Some(match error {
        StoreError::Unreachable(_) => Concern::StoreUnreachable,
        StoreError::Corrupt(_) => Concern::StoreDamaged,
        StoreError::Full(_) => Concern::StoreUnwritable,
        StoreError::WentBack { seen, read } => Concern::StoreWentBack { seen: *seen, read: *read },
    })
}

fn disks(seen: &Seen) -> impl Iterator<Item = Concern> + '_ {
    let is_low = |disk: &&Disk| disk.free_bytes < disk.total_bytes / 10 && disk.free_bytes < LOW_BYTES;
    seen.disks.iter().filter(is_low).map(|disk| Concern::DiskNearlyFull {
        host: seen.host().to_owned(),
        folder: disk.folder.clone(),
        free_bytes: disk.free_bytes,
        is_critical: disk.free_bytes < CRITICAL_BYTES,
    })
}

fn standstill(pause: &Pause) -> Concern {
    let stands = Standstill { since: pause.since, reason: pause.reason.clone(), until: pause.until };
    match (pause.flow, pause.cause) {
        (Flow::HandOver, Cause::ReadOnly) => Concern::ApplicationReadOnly(stands),
        (Flow::HandOver, Cause::Trouble) => Concern::ApplicationAway(stands),
        (Flow::Relay, Cause::Trouble | Cause::ReadOnly) => Concern::RelayAway(stands),
    }
}

fn overrun(found: &Found, progress: &Progress, now: Timestamp) -> Option<Concern> {
    let late = Outlook::new(&progress.mode, &found.windows, now).overrun?;
    Some(Concern::MaintenanceOverrun { end: late.since, seconds: late.seconds })
}

fn slow(progress: &Progress, now: Timestamp) -> Option<Concern> {
    let is_slow = progress.mode.state == State::On
        && progress.drained_at.is_none()
        && now.duration_since(progress.mode.since).as_secs() >= PATIENCE;
    is_slow.then_some(Concern::SlowToDrain { since: progress.mode.since })
}

fn stray(live: &LiveNode) -> Option<Concern> {
    if live.follows() {
        return None;
    }
    let (node, version) = (live.node.name.clone(), live.node.version);
    Some(match live.node.mode {
        SeenMode::Unknown => Concern::NodeWithoutMode { node, version },
        SeenMode::Off | SeenMode::On => Concern::NodeBehind { node, version },
    })
}

fn failed(found: &Found) -> impl Iterator<Item = Concern> {
    let depths = &found.depths;
    let mails = (depths.failed_hand_overs > 0).then_some(Concern::FailedHandOvers { count: depths.failed_hand_overs });
    let deliveries =
        (depths.failed_deliveries > 0).then_some(Concern::FailedDeliveries { count: depths.failed_deliveries });
    mails.into_iter().chain(deliveries)
}

fn failing(job: &JobRow) -> Option<Concern> {
    (job.failures > 0).then(|| Concern::JobFailing {
        job: job.name,
        failures: job.failures,
        reason: job.last_sentence.clone(),
        next_at: job.next_at,
    })
}

/// Jobs paused for a maintenance are easily forgotten afterwards: nothing fails, work just piles
/// up.
fn paused(found: &Found) -> Option<Concern> {
    let is_off = found.progress.as_ref().is_ok_and(|progress| progress.mode.state == State::Off);
    let jobs: Vec<Job> = found.jobs.iter().filter(|job| job.paused_at.is_some()).map(|job| job.name).collect();
    (is_off && !jobs.is_empty()).then_some(Concern::JobsPaused { jobs })
}

/// Only one job begins and ends windows.
fn keeper(found: &Found, now: Timestamp) -> Option<Concern> {
    found.jobs.iter().find(|job| job.name == Job::WindowKeeper && job.paused_at.is_some())?;
    let standing = |state| found.windows.iter().find(|window| window.state_at(now) == state);
    let open = standing(WindowState::Open).filter(|window| window.auto_off);
    let ends = open.map(|window| Concern::KeeperPaused { window: window.id, missed: Missed::End, at: window.ends_at });
    ends.or_else(|| {
        let next = standing(WindowState::Scheduled)?;
        Some(Concern::KeeperPaused { window: next.id, missed: Missed::Begin, at: next.starts_at })
    })
}

/// One concern for all processes: they share one table of kinds, or should.
fn undeclared(found: &Found) -> Option<Concern> {
    let kinds: BTreeSet<&String> = found.seen.iter().flat_map(|seen| &seen.unknown_kinds).collect();
    (!kinds.is_empty()).then(|| Concern::UnknownKinds { kinds: kinds.into_iter().cloned().collect() })
}

fn left_by_process(seen: &Seen, now: Timestamp) -> impl Iterator<Item = Concern> {
    let dropped = (seen.log_lines_dropped > 0)
        .then(|| Concern::LogLinesDropped { node: seen.node.clone(), count: seen.log_lines_dropped });
    let old = seen
        .credentials
        .as_ref()
        .filter(|left| now.duration_since(left.written_at).as_secs() >= SETTLING_IN)
        .map(|left| Concern::CredentialsLeft { host: seen.host().to_owned(), file: left.file.clone() });
    dropped.into_iter().chain(old)
}

#[cfg(test)]
pub mod tests;
