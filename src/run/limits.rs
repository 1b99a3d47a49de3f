//! The limit of open files: every connection is one, so the limit must fit the connections that the
//! configuration allows.
//!
//! Systems start programs with a low soft limit (often 1024), which a program may raise itself up
//! to the hard limit. If that is not enough, the log says so: connections beyond it are not
//! accepted.

use super::config::Config;
use super::doors::Doors;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Open files besides connections: the store, the log, the program's own, and mails being written
/// or read.
const OWN: u64 = 256;

/// Room for HTTP connections, which have a lower limit of their own.
const HTTP: u64 = 1024;

/// Open files that the configuration may require.
fn needed(config: &Config, doors: Doors) -> u64 {
    let smtp = if doors.smtp { config.smtp.max_connections as u64 } else { 0 };
    let http = if doors.http { HTTP } else { 0 };
    // An outgoing connection uses a socket, and a file that is read while it is sent.
    let out = if doors.deliver { config.relay.connections as u64 * 2 } else { 0 };
    OWN + smtp + http + out
}

/// The soft limit to set; `None` when the current one is high enough or cannot be raised.
fn target(limit: &Rlimit, needed: u64) -> Option<u64> {
    let current = limit.current.unwrap_or(u64::MAX);
    let target = needed.min(limit.maximum.unwrap_or(u64::MAX));
    (current < target).then_some(target)
}

/// Raises the soft limit as far as needed, and logs a warning when it stays too low.
pub fn raise(config: &Config, doors: Doors) {
    let (limit, needed) = (getrlimit(Resource::Nofile), needed(config, doors));
    if let Some(target) = target(&limit, needed) {
        let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(target), maximum: limit.maximum });
        match raised {
            Ok(()) => tracing::debug!(files = target, "{target} files may be open at once"),
            Err(error) => tracing::warn!(%error, "The limit of open files cannot be raised to {target}: {error}"),
        }
    }
    let open = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if open < needed {
        tracing::warn!(
            files = open,
            needed,
            "{open} files may be open at once, and the configuration can need {needed}: beyond that, connections wait or are \
             turned away. Raise LimitNOFILE in the unit (or `ulimit -Hn`), or lower smtp.max_connections"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_is_raised_to_what_is_needed_within_the_hard_one_and_never_lowered() {
        let target = |current, maximum, needed| target(&Rlimit { current, maximum }, needed);
        assert_eq!(target(Some(1024), Some(65_536), 2_500), Some(2_500));
        assert_eq!(target(Some(1024), Some(2_000), 2_500), Some(2_000));
        assert_eq!(target(Some(1024), None, 2_500), Some(2_500));
        assert_eq!(target(Some(4_096), Some(65_536), 2_500), None);
        assert_eq!(target(Some(2_000), Some(2_000), 2_500), None);
        assert_eq!(target(None, None, 2_500), None);
    }
}
