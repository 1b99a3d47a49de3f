//! No core dumps: the memory of a gateway holds people's mail, passwords and tokens.

use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// Forbids this process to dump core, and other programs of its account to look into its memory (`prctl(2)`, `PR_SET_DUMPABLE`).
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
