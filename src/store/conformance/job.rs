//! Background jobs.

use super::{Subject, at};
use crate::domain::job::Job;
use crate::store::claim::{LEASE, Settled};
use crate::store::job::{JobResult, JobState, JobTurn, TurnEnding};
use futures_util::future::join_all;
use jiff::Timestamp;

const JOB: Job = Job::Retention;

async fn claim(store: &Subject, now: Timestamp) -> Option<JobTurn> {
    let row = store.job(JOB).await.unwrap();
    store.claim_turn(&row, now, now).await.unwrap()
}

fn ending(result: JobResult, next_at: Timestamp) -> TurnEnding {
    TurnEnding { result, sentence: "Did 3 things".into(), next_at }
}

pub async fn every_job_is_there_and_due_at_once(store: Subject) {
    let jobs = store.jobs().await.unwrap();
    let mut names: Vec<_> = jobs.iter().map(|job| job.name.as_str()).collect();
    let mut known: Vec<_> = Job::ALL.iter().map(|job| job.as_str()).collect();
    names.sort_unstable();
    known.sort_unstable();
    assert_eq!(names, known);
    for job in jobs {
        assert!(job.next_at <= at(0) && job.turn == 0 && job.state(at(0)) == JobState::Waiting);
        assert_eq!(store.job(job.name).await.unwrap(), job);
    }
}

pub async fn of_many_nodes_one_claims_a_turn(store: Subject) {
    let row = store.job(JOB).await.unwrap();
    let claims = join_all((0..8).map(|_| store.claim_turn(&row, at(0), at(0)))).await;
    let mut turns: Vec<_> = claims.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(turns.len(), 1);
    let turn = turns.pop().unwrap();
    assert_eq!((turn.job, turn.number), (JOB, 1));
    assert!(claim(&store, at(1)).await.is_none(), "it is under way");
    assert_eq!(store.job(JOB).await.unwrap().state(at(1)), JobState::Running);
    let settled = store.settle_turn(turn, ending(JobResult::Ok, at(2)), at(2)).await.unwrap();
    assert_eq!(settled, Settled::Recorded);
    // A node that looked before that turn began must not begin another, although one is due
    // again.
    assert!(store.claim_turn(&row, at(3), at(3)).await.unwrap().is_none());
    let row = store.job(JOB).await.unwrap();
    assert_eq!(
        (row.last_started_at, row.last_ended_at, row.last_succeeded_at),
        (Some(at(0)), Some(at(2)), Some(at(2)))
    );
    assert_eq!((row.last_result, row.last_sentence.as_deref()), (Some(JobResult::Ok), Some("Did 3 things")));
    assert_eq!(claim(&store, at(3)).await.unwrap().number, 2);
    assert!(store.job(Job::DedupExpiry).await.unwrap().turn == 0, "another job was claimed too");
}

pub async fn a_turn_that_is_not_due_is_not_claimed_but_by_whoever_has_something_to_do(store: Subject) {
    let turn = claim(&store, at(0)).await.unwrap();
    store.settle_turn(turn, ending(JobResult::Ok, at(60)), at(1)).await.unwrap();
    assert!(claim(&store, at(59)).await.is_none());
    let row = store.job(JOB).await.unwrap();
    assert!(store.claim_turn(&row, Timestamp::MAX, at(2)).await.unwrap().is_some());
}

pub async fn a_paused_job_is_not_claimed_and_a_resumed_one_is_due_at_once(store: Subject) {
    let turn = claim(&store, at(0)).await.unwrap();
    store.settle_turn(turn, ending(JobResult::Ok, at(60)), at(1)).await.unwrap();
    let paused = store.pause_job(JOB, "ann".into(), at(2)).await.unwrap();
    assert_eq!((paused.paused_at, paused.paused_by.as_deref()), (Some(at(2)), Some("ann")));
    let again = store.pause_job(JOB, "bob".into(), at(3)).await.unwrap();
    assert_eq!(again, paused, "the first name was overwritten");
    assert_eq!(paused.clone().shown(at(3)).next_at, None);
    assert!(store.claim_turn(&paused, Timestamp::MAX, at(90)).await.unwrap().is_none());
    let resumed = store.resume_job(JOB, at(91)).await.unwrap();
    assert_eq!((resumed.paused_at, resumed.paused_by.as_deref(), resumed.next_at), (None, None, at(91)));
    assert_eq!(store.resume_job(JOB, at(99)).await.unwrap(), resumed, "it was not paused");
    assert!(claim(&store, at(91)).await.is_some());
}

pub async fn a_turn_under_way_goes_on_when_its_job_is_paused(store: Subject) {
    let turn = claim(&store, at(0)).await.unwrap();
    let pausing = store.pause_job(JOB, "ann".into(), at(1)).await.unwrap();
    assert_eq!(pausing.state(at(1)), JobState::Pausing);
    store.settle_turn(turn, ending(JobResult::Ok, at(1)), at(2)).await.unwrap();
    let paused = store.job(JOB).await.unwrap();
    assert_eq!((paused.state(at(2)), paused.last_result), (JobState::Paused, Some(JobResult::Ok)));
}

pub async fn a_dead_nodes_turn_comes_back_and_its_late_ending_does_not_count(store: Subject) {
    let dead = claim(&store, at(0)).await.unwrap();
    let lapsed = at(0) + LEASE;
    assert!(claim(&store, at(29)).await.is_none());
    let other = claim(&store, lapsed).await.unwrap();
    let late = store.settle_turn(dead, ending(JobResult::Failed, at(999)), at(31)).await.unwrap();
    assert_eq!(late, Settled::LeaseLost);
    store.renew_turn(JOB, 1, at(600)).await.unwrap();
    let row = store.job(JOB).await.unwrap();
    assert_eq!((row.lease_until, row.last_result), (Some(lapsed + LEASE), None));
    let settled = store.settle_turn(other, ending(JobResult::Ok, at(60)), at(32)).await.unwrap();
    assert_eq!(settled, Settled::Recorded);
}

pub async fn a_renewed_turn_lasts_longer(store: Subject) {
    let turn = claim(&store, at(0)).await.unwrap();
    store.renew_turn(JOB, turn.number, at(20)).await.unwrap();
    assert!(claim(&store, at(49)).await.is_none());
    store.settle_turn(turn, ending(JobResult::Ok, at(49)), at(49)).await.unwrap();
    store.renew_turn(JOB, 1, at(50)).await.unwrap();
    assert_eq!(store.job(JOB).await.unwrap().lease_until, None, "what has ended is not renewed");
}

pub async fn failures_are_counted_until_a_turn_ends_well(store: Subject) {
    for (number, (result, failures)) in
        (0..).zip([(JobResult::Failed, 1), (JobResult::Failed, 2), (JobResult::Ok, 0), (JobResult::Failed, 1)])
    {
        let now = at(number * 10);
        let turn = claim(&store, now).await.unwrap();
        store.settle_turn(turn, ending(result, now), now).await.unwrap();
        let row = store.job(JOB).await.unwrap();
        assert_eq!((row.failures, row.last_result, row.last_ended_at), (failures, Some(result), Some(now)));
    }
    assert_eq!(store.job(JOB).await.unwrap().last_succeeded_at, Some(at(20)));
}

pub async fn a_nul_in_a_sentence_stops_no_job(store: Subject) {
    store.pause_job(JOB, "a\0b".into(), at(0)).await.unwrap();
    store.resume_job(JOB, at(0)).await.unwrap();
    let turn = claim(&store, at(0)).await.unwrap();
    let said = TurnEnding { result: JobResult::Failed, sentence: "no\0thing".into(), next_at: at(1) };
    assert_eq!(store.settle_turn(turn, said, at(1)).await.unwrap(), Settled::Recorded);
}
