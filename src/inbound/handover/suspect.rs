//! The suspect: the mail over which the application keeps failing. Counts the failures and finds
//! out whether the mail is at fault.

use super::{HandOvers, Pausing, count, read};
use crate::domain::failure::Failure;
use crate::domain::id::RecipientId;
use crate::inbound::port::HandOverAnswer;
use crate::pace::lease::LeaseClock;
use crate::policy::stumble::{STUMBLES, Step, judge_stumble};
use crate::store::claim::{Claim, Settlement};
use crate::store::error::Result;
use crate::store::mail::HandOver;
use std::sync::{Mutex, PoisonError};

/// The mail over which the application last failed, and how often in a row. A restart resets the
/// count.
#[derive(Debug, Default)]
pub(super) struct Suspect(Mutex<Option<(RecipientId, u32)>>);

impl Suspect {
    /// Counts one more failure over this mail.
    fn stumbled_over(&self, mail: RecipientId) -> u32 {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stumbles = last.filter(|(id, _)| *id == mail).map_or(0, |(_, stumbles)| stumbles).saturating_add(1);
        *last = Some((mail, stumbles));
        stumbles
    }

    /// Whether one more failure justifies trying the next mail.
    pub(super) fn is_ripe(&self) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|(_, stumbles)| stumbles.saturating_add(1) >= STUMBLES)
    }
}

impl HandOvers {
    /// Handles a pause that the application answered to the first of `claims`. Finds out whether
    /// this mail alone is at fault, and if so settles it.
    ///
    /// Returns the number of settled mails, and why the application accepts no more: `None` when it
    /// accepts the others.
    pub(super) async fn examine(
        &self,
        pausing: Pausing,
        claims: &mut Vec<Claim<HandOver>>,
        lease: &LeaseClock,
    ) -> Result<(usize, Option<Pausing>)> {
        let Some(first) = claims.first().filter(|_| pausing.is_stumble) else { return Ok((0, Some(pausing))) };
        let stumbles = self.suspect.stumbled_over(first.item.recipient_id);
        if judge_stumble(stumbles, None, None) != Step::OfferNext {
            return Ok((0, Some(pausing)));
        }
        let Some(next) = self.offer_one(claims, 1, lease).await? else { return Ok((0, Some(pausing))) };
        let next_word = next.word();
        let settlement = match read(next, claims.get(1)) {
            Ok(settlement) => settlement,
            Err(pausing) => return Ok((0, Some(pausing))),
        };
        let taken = claims.remove(1);
        self.settle(vec![taken], vec![settlement]).await?;
        let Some(again) = self.offer_one(claims, 0, lease).await? else { return Ok((1, Some(pausing))) };
        let settlement = match judge_stumble(stumbles, Some(next_word), Some(again.word())) {
            Step::SetAside => Ok(Settlement::Failed(set_aside(stumbles + 1, &again))),
            Step::Heed | Step::Wait | Step::OfferNext | Step::OfferAgain => read(again, claims.first()),
        };
        match settlement {
            Ok(settlement) => {
                let first = claims.remove(0);
                self.settle(vec![first], vec![settlement]).await?;
                Ok((2, None))
            }
            Err(pausing) => Ok((1, Some(pausing))),
        }
    }

    /// Offers one of `claims`, if it exists and may be offered now.
    async fn offer_one(
        &self,
        claims: &[Claim<HandOver>],
        place: usize,
        lease: &LeaseClock,
    ) -> Result<Option<HandOverAnswer>> {
        let Some(claim) = claims.get(place) else { return Ok(None) };
        if !lease.is_live() || self.allowed(std::slice::from_ref(claim)).await? == 0 {
            return Ok(None);
        }
        Ok(Some(self.inbox.offer(claim).await))
    }
}

/// Why a mail is set aside.
fn set_aside(tries: u32, last: &HandOverAnswer) -> Failure {
    count("set_aside");
    let said = match last {
        HandOverAnswer::Stumble(failure, _) => failure.text.as_str(),
        HandOverAnswer::Done(_)
        | HandOverAnswer::Unusable(_)
        | HandOverAnswer::Pause(..)
        | HandOverAnswer::ReadOnly(..) => "",
    };
    Failure::permanent(format!(
        "set aside: the application failed over this mail {tries} times and took the next one meanwhile; mend the application, then \
         retry this mail with `postern queue retry`; it said: {said}"
    ))
}
