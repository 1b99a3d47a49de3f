//! One action on everything that a filter finds: counted first, then done group by group.
//!
//! A sweep reaches what came until a moment, so that what arrives later is never touched. It works
//! in transactions of at most [`MAX_AT_ONCE`] things each, so that a change of the mode, mail and
//! deliveries get their turn in between, and goes through each group once, oldest first: what fails
//! again meanwhile is not tried in a circle. When the store fails half-way, what was done stays.

use super::desk::{Action, DeskStore, Group, MAX_AT_ONCE, Page, QueueFilter, QueueKind};
use super::error::Result;
use crate::clock::Clock;
use jiff::{SignedDuration, Timestamp};

/// An action on everything that a filter finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    /// Which things.
    pub filter: QueueFilter,
    /// What is done to them.
    pub action: Action,
    /// Only what came at this time or before.
    pub until: Timestamp,
}

/// How much of a group an action reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// The group.
    pub group: Group,
    /// How many it applies to.
    pub number: i64,
    /// How many more the filter finds that cannot be sent again, since their message is not kept
    /// any more.
    pub without_message: i64,
}

impl Sweep {
    /// The groups it may reach, whether or not there is anything in them.
    fn groups(&self) -> Vec<Group> {
        let of = |queue: QueueKind| {
            let states = self.action.states(queue).iter();
            states.filter(move |state| self.filter.takes(queue, state)).map(move |state| Group { queue, state })
        };
        QueueKind::ALL.iter().flat_map(|queue| of(*queue)).collect()
    }

    /// Just after the last moment: lists and counts end before it.
    fn before(&self) -> Timestamp {
        self.until.saturating_add(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MAX)
    }

    /// How much it reaches, group by group; groups with nothing in them are left out.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn reach(&self, store: &(impl DeskStore + ?Sized)) -> Result<Vec<Reach>> {
        let mut reached = Vec::new();
        for group in self.groups() {
            let (found, kept) = store.count_group(self.filter.clone(), group, self.before()).await?;
            let number = if self.action == Action::Retry { kept } else { found };
            if found > 0 {
                reached.push(Reach { group, number, without_message: found - number });
            }
        }
        Ok(reached)
    }

    /// Does it to at most `limit` things of a group, and answers to how many. `each_time` hears of
    /// the number after each transaction.
    ///
    /// # Errors
    /// When the store fails; what was done before stays done.
    pub async fn run(
        &self,
        store: &(impl DeskStore + ?Sized),
        clock: &dyn Clock,
        (group, limit): (Group, i64),
        each_time: impl Fn(i64) + Send + Sync,
    ) -> Result<i64> {
        let mut done = 0;
        let mut after = None;
        while done < limit {
            let at_once = i64::try_from(MAX_AT_ONCE).unwrap_or(i64::MAX).min(limit - done);
            let page = Page { limit: at_once, after };
            let keys = store.keys_of_group(self.filter.clone(), group, self.before(), page).await?;
            after = keys.last().map(|(time, id)| (*time, id.any()));
            if after.is_none() {
                break;
            }
            let ids = keys.into_iter().map(|(_, id)| id).collect();
            let changed = store.act_on(ids, Some(group.state), self.action, clock.now()).await?;
            let number = i64::try_from(changed.len()).unwrap_or(i64::MAX);
            done += number;
            each_time(number);
        }
        Ok(done)
    }
}
