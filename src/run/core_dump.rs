//! Prevents core dumps, because a gateway's memory holds people's mail, passwords and tokens.

use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// Forbids core dumps of this process, and access to its memory by other programs of the same
/// account (`prctl(2)`, `PR_SET_DUMPABLE`).
pub fn forbid() {
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "Core dumps could not be forbidden: set `ulimit -c 0` for this process");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::dumpable_behavior;

    #[test]
    fn a_process_that_forbade_it_cannot_be_dumped() {
        forbid();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
