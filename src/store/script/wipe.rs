//! A secret: which messages are of no more use once their deliveries are over. Policy says so by
//! the class; the ledger wipes them as a set right before the commit, as far as no other delivery
//! of the same notification needs them.

use super::ledger::ModeLedger;
use super::row::OverRow;
use crate::policy::outbound::wipes_body_when_done;

/// Wipes the messages of deliveries that are over and whose use was a write.
pub fn wipe_over<L: ModeLedger + ?Sized>(ledger: &mut L, over: &[OverRow]) {
    let of_no_use = over.iter().filter(|row| wipes_body_when_done(row.class));
    ledger.wipe(of_no_use.map(|row| row.notification_id).collect());
}
