//! The planned failover, by every step of the page.

use super::arrived::assert_once;
use super::load::{Ends, Load, Phase};
use super::page::Place;
use super::scene::Scene;
use crate::harness::pair::Cluster;
use crate::harness::process::run;
use serde_json::Value;

/// What each phase must have seen of both kinds.
const ENOUGH: usize = 25;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("no JSON ({error}): {text}"))
}

/// Begins anew when the page itself says to go back: the standby did not have everything when the
/// primary stopped.
#[test]
fn a_planned_failover_by_the_page_loses_and_doubles_nothing() {
    assert!((0..3).any(|_| is_walked()), "the standby was not connected at three stops");
}

fn is_walked() -> bool {
    let mut scene = Scene::begin(&[], |pair| pair.url(Cluster::Old));
    let load = Load::new(scene.doors(), scene.token());
    let has_moved = std::thread::scope(|scope| {
        let _ends = Ends(&load);
        load.start(scope);
        load.await_yes(ENOUGH);
        enter_the_mode(&scene, &load);
        let has_moved = move_the_store(&mut scene, &load);
        match has_moved {
            true => leave_the_mode(&scene, &load),
            false => load.give_up(),
        }
        has_moved
    });
    if has_moved {
        scene.page.assert_all_were_run();
        assert_once(&scene, &load);
        scene.other.stop();
        scene.by_name.stop();
    }
    has_moved
}

/// Steps 1 to 5.
fn enter_the_mode(scene: &Scene, load: &Load) {
    scene.set_names();
    let mut preparing = scene.page.step(1);
    // It cannot succeed: it says that what will be the store is a standby.
    let check = scene.run(preparing.next().unwrap());
    assert!(check.code == 1 && check.out.contains("is a standby, which cannot be written"), "{check:?}");
    // As a start does. It fails in a way that the unit tries again, since a standby may be
    // promoted.
    let url = scene.pair.url(Cluster::New);
    let start = run(scene.by_name.command(&["serve", "--only", "deliver"]).env("POSTERN_STORE__URL", url));
    assert!(start.code == 1 && start.err.contains("or promote this one"), "{start:?}");
    let announced = scene.run(preparing.next().unwrap()).well();
    let window = announced.split("\"id\":").nth(1).and_then(|rest| rest.split('"').nth(1));
    scene.set("WINDOW_ID", window.expect("the id of the window").to_owned());
    scene.step(2);
    scene.step(3);
    load.enter(Phase::InTheMode);
    scene.step(4);
    load.await_yes(ENOUGH);
    let looked = scene.step(5);
    let status = json(&looked[0]);
    assert_eq!((&status["drained"], status["nodes"].as_array().map(Vec::len)), (&true.into(), Some(2)), "{status}");
    assert!(status["store_position"].is_string() && looked[1].contains("streaming"), "{looked:?}");
}

/// Steps 6 to 9; false when the standby lacks something, and is not promoted.
fn move_the_store(scene: &mut Scene, load: &Load) -> bool {
    let stopped = scene.step(6).remove(0);
    load.enter(Phase::Down);
    assert!(stopped.contains("shut down\n"), "{stopped}");
    let position = stopped.lines().find_map(|line| line.strip_prefix("Latest checkpoint location:"));
    scene.set("STOPPED_AT", position.expect("a position").trim().to_owned());
    load.await_later(8);
    // Not lower, and not equal either: the checkpoint of the stop begins at its location, and the
    // standby has it to its end.
    if scene.step(7)[0].trim() != "t" {
        return false;
    }
    let promoted = scene.step(8);
    assert!(promoted[1].trim().ends_with("\nf"), "{promoted:?}");
    load.enter(Phase::Promoted);
    scene.pair.move_name_to(Cluster::New);
    scene.other.set("STORE__URL", &scene.pair.url(Cluster::New));
    scene.other.restart();
    let status = json(&scene.step(9)[0]);
    assert_eq!((&status["mode"], &status["version"]), (&"on".into(), &2.into()), "{status}");
    load.await_yes(ENOUGH);
    true
}

/// Steps 10 to 12.
fn leave_the_mode(scene: &Scene, load: &Load) {
    scene.step(10);
    load.enter(Phase::Off);
    load.await_yes(ENOUGH);
    scene.step(11);
    for (report, part) in [("suppressed.csv", "prometheus_alert_fired"), ("refused.csv", "create_issue")] {
        let sheet = std::fs::read_to_string(scene.by_name.path(report)).unwrap();
        assert!(sheet.contains(part), "{report}: {sheet}");
    }
    scene.step_at(12, Place::OldPrimary);
    scene.pair.await_follower(Cluster::New, "state = 'streaming'");
}
