//! Judging findings, and the snapshot of all sentences.

use super::*;
use crate::domain::id::{Id, NodeId};
use crate::domain::mode::{Mode, Version};
use crate::domain::report::{Credentials, Report};
use crate::domain::window::Window;
use crate::store::desk::Depths;
use crate::store::mode::Node;
use std::fmt::Write;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/policy/concerns.txt");

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The time at which the situations are judged.
pub fn now() -> Timestamp {
    at("2026-12-01T12:00:00Z")
}

fn mode(state: State) -> Mode {
    Mode { state, version: Version(7), message: None, since: at("2026-12-01T10:00:00Z"), until: None }
}

fn calm(state: State) -> Found {
    let drained_at = (state == State::On).then(|| at("2026-12-01T10:00:01Z"));
    let progress = Progress { mode: mode(state), drained_at };
    let node = Node {
        id: NodeId::mint(now()),
        name: "gw-1:4711".into(),
        version: Version(7),
        mode: SeenMode::Off,
        seen_at: now(),
        report: Report::default(),
    };
    Found {
        progress: Ok(progress),
        nodes: vec![LiveNode { node, seconds_ago: 0, behind: false }],
        jobs: Job::ALL.iter().map(|job| row(*job)).collect(),
        ..Found::without_store(StoreError::Unreachable(String::new()), vec![Seen::default()])
    }
}

fn row(name: Job) -> JobRow {
    JobRow {
        name,
        next_at: at("2026-12-01T12:10:00Z"),
        turn: 1,
        lease_until: None,
        paused_at: None,
        paused_by: None,
        last_started_at: None,
        last_ended_at: None,
        last_result: None,
        last_sentence: None,
        last_succeeded_at: None,
        failures: 0,
    }
}

fn window(state: WindowState, from: &str, to: &str) -> Window {
    Window {
        id: Id::parse("019ad6c5-4e00-7b5a-9d3e-6f1c2a8b4d70").unwrap(),
        starts_at: at(from),
        ends_at: at(to),
        message: None,
        auto_off: true,
        state,
        created_at: at("2026-11-30T12:00:00Z"),
        created_by: "ann".into(),
        opened_at: None,
        opened_version: None,
        begun_at: None,
        ended_at: None,
        ended_by: None,
        ended_version: None,
    }
}

fn pause(flow: Flow, cause: Cause, reason: &str) -> Found {
    let (since, until) = (at("2026-12-01T11:00:00Z"), at("2026-12-01T12:05:00Z"));
    Found { pauses: vec![Pause { flow, cause, reason: reason.into(), since, until, failures: 3 }], ..calm(State::Off) }
}

fn seen(seen: Seen) -> Found {
    Found { seen: vec![Seen { node: "gw-1:4711".into(), ..seen }], ..calm(State::Off) }
}

fn disk(free: u64, total: u64) -> Found {
    seen(Seen {
        disks: vec![Disk { folder: "data".into(), free_bytes: free << 20, total_bytes: total << 20 }],
        ..Seen::default()
    })
}

fn paused(state: State, jobs: &[Job], windows: Vec<Window>) -> Found {
    let mut found = Found { windows, ..calm(state) };
    for job in found.jobs.iter_mut().filter(|row| jobs.contains(&row.name)) {
        job.paused_at = Some(now());
    }
    found
}

fn stray(version: Version, mode: SeenMode) -> Found {
    let mut found = calm(State::On);
    let live = &mut found.nodes[0];
    (live.node.version, live.node.mode, live.behind) = (version, mode, version < Version(7));
    found
}

fn without(error: StoreError) -> Found {
    Found::without_store(error, Vec::new())
}

fn overrun() -> Found {
    let mut found = calm(State::On);
    if let Ok(progress) = &mut found.progress {
        progress.mode.until = Some(at("2026-12-01T11:15:30Z"));
    }
    found
}

fn undrained() -> Found {
    let mut found = calm(State::On);
    if let Ok(progress) = &mut found.progress {
        progress.drained_at = None;
    }
    found
}

fn failing() -> Found {
    let mut found = calm(State::Off);
    (found.jobs[0].failures, found.jobs[0].last_sentence) = (2, Some("the disk is full.".into()));
    found
}

/// Each situation with its name; together they produce every concern.
#[expect(clippy::too_many_lines, reason = "one table of situations")]
pub fn situations() -> Vec<(&'static str, Found)> {
    use WindowState::{Open, Scheduled};
    let next = || vec![window(Scheduled, "2026-12-02T02:00:00Z", "2026-12-02T04:00:00Z")];
    let open = || vec![window(Open, "2026-12-01T10:00:00Z", "2026-12-01T14:00:00Z")];
    let depths = Depths { failed_hand_overs: 1, failed_deliveries: 1_234, ..Depths::default() };
    let left = |written| Seen {
        credentials: Some(Credentials { file: "data/admin-credentials".into(), written_at: at(written) }),
        ..Seen::default()
    };
    vec![
        ("all is well, off", calm(State::Off)),
        ("all is well, on and drained", calm(State::On)),
        ("the store does not answer", without(StoreError::Unreachable("timed out".into()))),
        ("the store holds nonsense", without(StoreError::Corrupt("no mode".into()))),
        ("the store is full", without(StoreError::Full("disk full".into()))),
        ("the store was restored", without(StoreError::WentBack { seen: Version(9), read: Version(7) })),
        ("a disk with much left", disk(9_000, 100_000)),
        ("a disk with little left", disk(1_500, 100_000)),
        ("a disk with next to nothing left", disk(100, 100_000)),
        ("a small disk, nearly full", disk(0, 12)),
        (
            "the application is read-only",
            pause(
                Flow::HandOver,
                Cause::ReadOnly,
                "the application answered 403 Forbidden: it may be read-only itself",
            ),
        ),
        ("the application is away", pause(Flow::HandOver, Cause::Trouble, "connection refused")),
        ("the relay is away", pause(Flow::Relay, Cause::Trouble, "connection refused")),
        ("a node behind", stray(Version(6), SeenMode::On)),
        ("a node ahead", stray(Version(9), SeenMode::Unknown)),
        ("maintenance overruns", overrun()),
        ("maintenance not drained after two hours", undrained()),
        ("things failed", Found { depths, ..calm(State::Off) }),
        ("a job fails", failing()),
        ("one job paused, off", paused(State::Off, &[Job::Retention], Vec::new())),
        ("jobs paused, on", paused(State::On, &[Job::Retention, Job::WindowKeeper], Vec::new())),
        ("jobs paused, off, a window to come", paused(State::Off, &[Job::Retention, Job::WindowKeeper], next())),
        ("the keeper paused, on, a window open", paused(State::On, &[Job::WindowKeeper], open())),
        ("unknown kinds", seen(Seen { unknown_kinds: vec!["a_email".into(), "b_email".into()], ..Seen::default() })),
        ("log lines dropped", seen(Seen { log_lines_dropped: 41_200, ..Seen::default() })),
        ("credentials of today", seen(left("2026-12-01T11:00:00Z"))),
        ("credentials of last week", seen(left("2026-11-24T12:00:00Z"))),
    ]
}

fn table() -> String {
    let mut text =
        String::from("Concerns: what an operator is told at 2026-12-01T12:00:00Z; the mode was changed at 10:00\n");
    for (what, found) in situations() {
        let _ = writeln!(text, "\n{what}");
        let concerns = judge(&found, now());
        if concerns.is_empty() {
            text.push_str("  -\n");
        }
        for concern in concerns {
            let _ = writeln!(text, "  {} ({})", concern.code(), concern.severity());
            let _ = writeln!(text, "    {}\n    {}", concern.sentence(), concern.remedy());
        }
    }
    text
}

#[test]
fn the_concerns_are_the_table_on_file() {
    let now = table();
    if std::env::var_os("UPDATE_POLICY").is_some() {
        std::fs::write(TABLE, &now).unwrap();
    }
    let filed = std::fs::read_to_string(TABLE).unwrap_or_default();
    assert!(
        now == filed,
        "the concerns have changed; if that is intended, run UPDATE_POLICY=1 cargo test --lib concern and look at the diff\n{now}"
    );
}

#[test]
fn what_cannot_wait_comes_first() {
    let mut found = undrained();
    found.pauses = pause(Flow::Relay, Cause::Trouble, "connection refused").pauses;
    found.depths.failed_deliveries = 1;
    let codes: Vec<_> = judge(&found, now()).iter().map(Concern::code).collect();
    assert_eq!(codes, ["relay_away", "slow_to_drain", "failed_deliveries"]);
}
