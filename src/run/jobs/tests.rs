use super::work::{Done, Failure, Rest, Turn};
use super::*;
use crate::clock::FixedClock;
use crate::domain::mail::Intent;
use crate::domain::mode::State;
use crate::flag::steadiness::WATCHED;
use crate::store::claim::{LEASE, Settlement};
use crate::store::conformance::{noon, offer, recipient, rules, settle, turn as turn_mode};
use crate::store::desk::Horizon;
use crate::store::job::{JobResult, JobRow, JobState};
use crate::store::sqlite::{Existing, SqliteStore};
use async_trait::async_trait;
use jiff::SignedDuration;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::Notify;

const JOB: Job = Job::WindowKeeper;
const A_DAY: Retention = Retention { records: Duration::from_secs(86_400), bodies: Duration::from_secs(86_400) };

/// What the next turns do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Succeeds,
    Fails,
    Panics,
    Waits,
}

/// Work that counts its turns.
struct Counting {
    turns: AtomicUsize,
    looks: AtomicUsize,
    is_wanted: AtomicBool,
    fate: Mutex<Fate>,
    begun: Notify,
    goes_on: Mutex<Option<bool>>,
}

impl Counting {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            turns: AtomicUsize::new(0),
            looks: AtomicUsize::new(0),
            is_wanted: AtomicBool::new(false),
            fate: Mutex::new(Fate::Succeeds),
            begun: Notify::new(),
            goes_on: Mutex::new(None),
        })
    }

    fn turns(&self) -> usize {
        self.turns.load(Ordering::SeqCst)
    }

    fn will(&self, fate: Fate) {
        *self.fate.lock().unwrap() = fate;
    }
}

#[async_trait]
impl Work for Counting {
    async fn is_wanted(&self) -> bool {
        self.looks.fetch_add(1, Ordering::SeqCst);
        self.is_wanted.load(Ordering::SeqCst)
    }

    async fn turn(&self, turn: &Turn) -> Result<Done, Failure> {
        self.turns.fetch_add(1, Ordering::SeqCst);
        self.begun.notify_one();
        let fate = *self.fate.lock().unwrap();
        match fate {
            Fate::Succeeds => {}
            Fate::Fails => return Err("the disk\nis full".into()),
            Fate::Panics => panic!("a bug in {}", "a job"),
            Fate::Waits => {
                while turn.goes_on().await {}
                *self.goes_on.lock().unwrap() = Some(false);
                return Ok(Done { sentence: "Did half".into(), rest: Rest::Some });
            }
        }
        Ok(Done { sentence: "Did it".into(), rest: Rest::Nothing })
    }
}

/// One process on the store at `path`.
async fn node(path: &Path, clock: &FixedClock, work: &Arc<Counting>) -> (Runner, Desk) {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(path, Existing::CreateIfMissing).await.unwrap());
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let watch = Arc::new(Watch::new(Arc::clone(&store), Arc::clone(&clock)));
    let steady = Arc::new(SteadyClock::new(Arc::clone(&clock)));
    let desk = Desk { store, watch, clock, steady, wakes: Vec::new(), stop: CancellationToken::new() };
    let work = Arc::clone(work) as Arc<dyn Work>;
    (Runner::new(desk.clone(), JOB, MINUTE, work), desk)
}

struct Scene {
    runner: Runner,
    desk: Desk,
    work: Arc<Counting>,
    clock: FixedClock,
    folder: tempfile::TempDir,
}

impl Scene {
    async fn open() -> Self {
        let (folder, clock, work) = (tempfile::tempdir().unwrap(), FixedClock::at(noon()), Counting::new());
        let (runner, desk) = node(&folder.path().join("postern.db"), &clock, &work).await;
        Self { runner, desk, work, clock, folder }
    }

    /// Another process on the same store.
    async fn other(&self) -> (Runner, Desk) {
        node(&self.folder.path().join("postern.db"), &self.clock, &self.work).await
    }

    async fn row(&self) -> JobRow {
        self.desk.store.job(JOB).await.unwrap()
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

#[tokio::test]
async fn a_job_runs_when_it_is_due_and_says_what_it_did() {
    let mut scene = Scene::open().await;
    scene.runner.tick().await;
    scene.runner.tick().await;
    assert_eq!(scene.work.turns(), 1);
    let row = scene.row().await;
    assert_eq!((row.last_result, row.last_sentence.as_deref()), (Some(JobResult::Ok), Some("Did it")));
    assert_eq!(row.next_at, noon() + MINUTE);
    scene.pass(60);
    scene.runner.tick().await;
    assert_eq!(scene.work.turns(), 2);
}

#[tokio::test]
async fn a_job_that_must_be_prompt_writes_nothing_while_there_is_nothing_to_do() {
    let mut scene = Scene::open().await;
    scene.runner.tick().await;
    for _ in 0..50 {
        scene.pass(1);
        scene.runner.tick().await;
    }
    assert_eq!((scene.work.looks.load(Ordering::SeqCst), scene.row().await.turn), (50, 1));
    scene.work.is_wanted.store(true, Ordering::SeqCst);
    scene.runner.tick().await;
    assert_eq!(scene.work.turns(), 2, "it waited for its time although there was something to do");
}

#[tokio::test]
async fn on_several_nodes_each_turn_runs_once() {
    let mut scene = Scene::open().await;
    let (mut second, _) = scene.other().await;
    let (mut third, _) = scene.other().await;
    for turn in 1..=20 {
        tokio::join!(scene.runner.tick(), second.tick(), third.tick());
        assert_eq!(scene.work.turns(), turn);
        scene.pass(60);
    }
}

#[tokio::test]
async fn a_paused_job_never_starts_not_even_after_a_restart_and_a_resumed_one_does_at_once() {
    let mut scene = Scene::open().await;
    scene.runner.tick().await;
    scene.desk.store.pause_job(JOB, "ann".into(), scene.clock.now()).await.unwrap();
    scene.work.is_wanted.store(true, Ordering::SeqCst);
    scene.pass(3600);
    scene.runner.tick().await;
    let (mut restarted, _) = scene.other().await;
    restarted.tick().await;
    assert_eq!((scene.work.turns(), scene.row().await.state(scene.clock.now())), (1, JobState::Paused));
    scene.work.is_wanted.store(false, Ordering::SeqCst);
    scene.desk.store.resume_job(JOB, scene.clock.now()).await.unwrap();
    restarted.tick().await;
    assert_eq!(scene.work.turns(), 2);
}

#[tokio::test]
async fn a_failing_or_panicking_job_says_so_and_is_tried_again_ever_less_often() {
    let mut scene = Scene::open().await;
    let mut pauses = Vec::new();
    for fate in [Fate::Fails, Fate::Panics, Fate::Fails] {
        scene.work.will(fate);
        scene.work.is_wanted.store(true, Ordering::SeqCst);
        scene.runner.tick().await;
        scene.runner.tick().await;
        let row = scene.row().await;
        let sentence =
            if fate == Fate::Panics { "it panicked (a bug in a job): please report this" } else { "the disk is full" };
        assert_eq!((row.last_result, row.last_sentence.as_deref()), (Some(JobResult::Failed), Some(sentence)));
        let pause = row.next_at.duration_since(scene.clock.now()).unsigned_abs();
        pauses.push(pause);
        scene.clock.advance(pause);
    }
    assert_eq!((scene.work.turns(), scene.row().await.failures), (3, 3), "it did not wait for its time");
    assert!(pauses.is_sorted() && pauses[2] >= Duration::from_secs(30), "{pauses:?}");
    scene.work.will(Fate::Succeeds);
    scene.runner.tick().await;
    assert_eq!((scene.row().await.failures, scene.row().await.last_result), (0, Some(JobResult::Ok)));
}

#[tokio::test]
async fn a_turn_whose_node_died_is_run_by_another_when_its_lease_ends() {
    let mut scene = Scene::open().await;
    let (_, dead) = scene.other().await;
    let row = scene.row().await;
    dead.store.claim_turn(&row, noon(), noon()).await.unwrap().unwrap();
    scene.runner.tick().await;
    assert_eq!(scene.work.turns(), 0);
    scene.clock.advance(LEASE);
    scene.runner.tick().await;
    assert_eq!((scene.work.turns(), scene.row().await.turn), (1, 2));
}

#[tokio::test]
async fn a_long_turn_ends_its_step_when_its_job_is_paused_and_is_due_again_once_resumed() {
    let scene = Scene::open().await;
    scene.work.will(Fate::Waits);
    let mut runner = scene.runner;
    let running = tokio::spawn(async move { runner.tick().await });
    scene.work.begun.notified().await;
    let pausing = scene.desk.store.pause_job(JOB, "ann".into(), scene.clock.now()).await.unwrap();
    assert_eq!(pausing.state(scene.clock.now()), JobState::Pausing);
    running.await.unwrap();
    let row = scene.desk.store.job(JOB).await.unwrap();
    assert_eq!(row.state(scene.clock.now()), JobState::Paused);
    assert_eq!((row.last_sentence.as_deref(), row.next_at), (Some("Did half"), scene.clock.now()));
}

#[tokio::test]
async fn a_process_that_stops_ends_its_turn_first() {
    let scene = Scene::open().await;
    scene.work.will(Fate::Waits);
    let running = tokio::spawn(scene.runner.run());
    scene.work.begun.notified().await;
    scene.desk.stop.cancel();
    running.await.unwrap();
    assert_eq!(scene.desk.store.job(JOB).await.unwrap().last_sentence.as_deref(), Some("Did half"));
}

#[tokio::test]
async fn jobs_go_on_while_the_mode_is_on_and_wait_while_it_is_not_known() {
    let mut scene = Scene::open().await;
    turn_mode(&scene.desk.store, State::On, noon()).await;
    scene.runner.tick().await;
    assert_eq!(scene.work.turns(), 1);
    // The watch's store is gone, so this process does not know the mode.
    let folder = tempfile::tempdir().unwrap();
    let gone = SqliteStore::open(&folder.path().join("gone.db"), Existing::CreateIfMissing).await.unwrap();
    gone.close().await;
    let watch = Arc::new(Watch::new(Arc::new(gone), Arc::clone(&scene.desk.clock)));
    let desk = Desk { watch, ..scene.desk.clone() };
    let mut lost = Runner::new(desk, JOB, MINUTE, Arc::clone(&scene.work) as Arc<dyn Work>);
    scene.pass(60);
    lost.tick().await;
    assert_eq!(scene.work.turns(), 1);
    scene.runner.tick().await;
    assert_eq!(scene.work.turns(), 2);
}

#[tokio::test]
async fn the_own_jobs_do_their_work_and_say_what_they_did() {
    let scene = Scene::open().await;
    scene.clock.advance(WATCHED);
    let due = scene.clock.now();
    for (job, period, work) in schedule(&scene.desk, A_DAY) {
        Runner::new(scene.desk.clone(), job, period, work).tick().await;
        let row = scene.desk.store.job(job).await.unwrap();
        assert_eq!((row.last_result, row.next_at), (Some(JobResult::Ok), due + period), "{row:?}");
        let nothing = match job {
            Job::Retention => "Wiped 0 messages and deleted 0 records",
            Job::DedupExpiry => "Forgot 0 idempotency keys and 0 known contents",
            Job::WindowKeeper => "No window was due",
            Job::SummaryUpkeep => "Folded what had changed, in one step",
        };
        assert_eq!(row.last_sentence.as_deref(), Some(nothing));
    }
}

#[tokio::test]
async fn a_clock_that_jumps_forward_makes_no_job_delete_anything() {
    let scene = Scene::open().await;
    let store = &scene.desk.store;
    let mail = offer(scene.clock.now(), vec![recipient(Intent::Reply, "done")], "kept");
    store.offer(mail, rules()).await.unwrap();
    let claim = store.claim_hand_overs(1, rules(), scene.clock.now()).await.unwrap().pop().unwrap();
    settle(store, claim, Settlement::Done("ok".into()), scene.clock.now()).await;
    scene.pass(WATCHED.as_secs());
    assert!(scene.desk.steady.now().is_some());
    scene.clock.set(scene.clock.now() + SignedDuration::from_hours(24 * 100));
    for (job, period, work) in schedule(&scene.desk, A_DAY) {
        if work.judges_age() {
            // The clock may also jump in the middle of a turn.
            work.turn(&Turn::new(&scene.desk, job, 0)).await.unwrap();
            Runner::new(scene.desk.clone(), job, period, work).tick().await;
            assert_eq!(store.job(job).await.unwrap().turn, 0, "{job} began a turn");
        }
    }
    let late = scene.clock.now();
    assert_eq!(store.forget(late, 9).await.unwrap().contents, 1);
    let horizon = Horizon { bodies_before: late, records_before: late, nodes_before: late, limit: 9 };
    let retired = store.retire(horizon).await.unwrap();
    assert_eq!((retired.bodies, retired.records), (1, 1));
}
