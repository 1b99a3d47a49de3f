//! `/admin/queues/all/{action}`: one action on all queue items that match a filter. A review first
//! shows what the action would reach; its button confirms it.
//!
//! The queue can change between the two. So the form carries the time of the review and the number
//! of items shown in each group. The action only reaches items from before that time, and never
//! more than were shown. If more items match by then (for example, because deliveries have failed
//! meanwhile), nothing is done and the review is shown again. If fewer match, the action is done
//! for those, and the flash message says how many had moved on.

use super::HERE;
use super::filters::given;
use super::nouns::{place, things, total};
use super::review::{field, page};
use crate::domain::wording::number;
use crate::edge::http::Parts;
use crate::edge::http::api::queue;
use crate::edge::http::page::answer;
use crate::edge::http::page::flash::Flash;
use crate::edge::http::page::form::Form;
use crate::edge::http::page::person::Person;
use crate::edge::http::page::query;
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::store::desk::Action;
use crate::store::error::StoreError;
use crate::store::sweep::{Reach, Sweep};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// How long a request waits for the action to end. The rest of it then continues in the background.
const PATIENCE: Duration = Duration::from_secs(10);

/// `GET`: shows what the action would reach.
pub async fn review(
    State(parts): State<Arc<Parts>>,
    person: Person,
    Path(action): Path<String>,
    params: Params,
) -> Result<Response, Problem> {
    let action = Action::parse(&action).ok_or_else(|| Problem::missing("action"))?;
    let sweep = Sweep { filter: queue::filter(&params)?, action, until: parts.clock.now() };
    let reached = sweep.reach(&*parts.store).await?;
    let page = page(&parts, &person, &params, (sweep, reached, None)).await;
    answer::show(&person.visit, &page)
}

/// `POST`: performs the action.
pub async fn confirm(
    State(parts): State<Arc<Parts>>,
    Path(action): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let action = Action::parse(&action).ok_or_else(|| Problem::missing("action"))?;
    let until = form.fields.time("until")?;
    let until = until.ok_or_else(|| Problem::field("until", "is missing: give the time of the review"))?;
    let now = parts.clock.now();
    let sweep = Sweep { filter: queue::filter(&form.fields)?, action, until: until.min(now) };
    let reached = sweep.reach(&*parts.store).await?;
    let seen = form.fields.count("seen")?.unwrap_or(0);
    let mut has_more = false;
    for reach in &reached {
        has_more |= reach.number > form.fields.count(&field(reach.group))?.unwrap_or(0);
    }
    if has_more {
        let again = Sweep { until: now, ..sweep };
        let reached = again.reach(&*parts.store).await?;
        let page = page(&parts, &form.person, &form.fields, (again, reached, Some(seen))).await;
        return answer::show_as(StatusCode::PRECONDITION_FAILED, &form.person.visit, &page);
    }
    let (done, is_over) = run(&parts, sweep, reached).await?;
    let back = query::file(&Params { path: HERE.to_owned(), pairs: given(&form.fields) }, HERE);
    Ok(answer::go(&form.person.visit, &back, &Flash::done(said(action, done, seen, is_over))))
}

/// Performs the action and waits at most `PATIENCE` for its end. Returns the numbers of deliveries
/// and mails done, and whether that is all.
async fn run(parts: &Arc<Parts>, sweep: Sweep, reached: Vec<Reach>) -> Result<([i64; 2], bool), Problem> {
    let done = Arc::new([AtomicI64::new(0), AtomicI64::new(0)]);
    // A separate task, so that a confirmed action completes even if the browser disconnects.
    let work = tokio::spawn(work(Arc::clone(parts), sweep, reached, Arc::clone(&done)));
    let ended = tokio::time::timeout(PATIENCE, work).await;
    let reached = [0, 1].map(|place: usize| done[place].load(Ordering::Relaxed));
    match ended {
        Err(_) => Ok((reached, false)),
        Ok(Ok(result)) => Ok(result.map(|()| (reached, true))?),
        Ok(Err(_)) => Err(Problem::defect()),
    }
}

async fn work(
    parts: Arc<Parts>,
    sweep: Sweep,
    reached: Vec<Reach>,
    done: Arc<[AtomicI64; 2]>,
) -> Result<(), StoreError> {
    let action = sweep.action;
    let mut result = Ok(());
    for reach in &reached {
        let note = |number| {
            done[place(reach.group.queue)].fetch_add(number, Ordering::Relaxed);
            parts.wake_deliveries.notify_one();
            parts.wake_hand_overs.notify_one();
        };
        result = sweep.run(&*parts.store, &*parts.clock, (reach.group, reach.number), note).await.map(drop);
        if result.is_err() {
            break;
        }
    }
    let [deliveries, mails] = [0, 1].map(|place: usize| done[place].load(Ordering::Relaxed));
    let asked = total(&reached);
    match &result {
        Ok(()) => tracing::info!(
            %action, deliveries, mails, asked,
            "An operator asked to {action} {asked} queued things: done with {deliveries} deliveries and {mails} mails"
        ),
        Err(error) => tracing::error!(
            %action, deliveries, mails, asked, %error,
            "An operator asked to {action} {asked} queued things; the store failed after {deliveries} deliveries and {mails} mails: {error}"
        ),
    }
    result
}

/// The result of the action, in words.
fn said(action: Action, done: [i64; 2], seen: i64, is_over: bool) -> String {
    let total: i64 = done.iter().sum();
    let what = match (total, action) {
        (1, Action::Retry) => "is tried again now",
        (_, Action::Retry) => "are tried again now",
        (1, Action::Cancel) => "is cancelled",
        (_, Action::Cancel) => "are cancelled",
        (1, Action::Release) => "is released",
        (_, Action::Release) => "are released",
    };
    let (what, things) = match total {
        0 => (what.replacen("are", "is", 1), "Nothing".to_owned()),
        _ => (what.to_owned(), things(done)),
    };
    match (is_over, seen - total) {
        (false, _) => format!("{things} {what} so far; the rest of the {} follows.", number(seen)),
        (true, ..=0) => format!("{things} {what}."),
        (true, _) if total == 0 => format!("{things} {what}: what you saw had moved on by then."),
        (true, gone) => format!("{things} {what}; {} of those that you saw had moved on by then.", number(gone)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_said_with_what_had_moved_on_and_what_is_still_to_come() {
        for (action, done, seen, is_over, words) in [
            (Action::Retry, [118, 4], 122, true, "118 deliveries and 4 mails are tried again now."),
            (Action::Cancel, [1, 0], 2, true, "1 delivery is cancelled; 1 of those that you saw had moved on by then."),
            (Action::Cancel, [0, 0], 1_200, true, "Nothing is cancelled: what you saw had moved on by then."),
            (Action::Release, [0, 1], 1, true, "1 mail is released."),
            (
                Action::Cancel,
                [12_400, 0],
                200_000,
                false,
                "12,400 deliveries are cancelled so far; the rest of the 200,000 follows.",
            ),
        ] {
            assert_eq!(said(action, done, seen, is_over), words);
        }
    }
}
