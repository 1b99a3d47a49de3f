//! The primary is lost without warning, while the mode is on and mail is held.

use super::arrived::assert_once;
use super::load::{Ends, Load, Phase};
use super::page::Place;
use super::scene::Scene;
use crate::harness::pair::{Cluster, Pair};

const ENOUGH: usize = 25;

/// The finding of `postern check` about the standby, if there is one.
fn warning(scene: &Scene) -> Option<String> {
    let check = scene.by_name.console(&["check"]).rows();
    let about = check.into_iter().find(|row| row["what"] == "standby")?;
    Some(about["finding"].as_str().unwrap().to_owned())
}

/// As careful administrators set it: on both, so that either may be the primary.
fn let_commits_wait(scene: &Scene) {
    for cluster in [Cluster::Old, Cluster::New] {
        let set = "psql -X -c \"alter system set synchronous_standby_names = 'standby'\" -c 'select pg_reload_conf()'";
        scene.pair.run(cluster, &[], set).well();
    }
    scene.pair.await_standby("sync_state = 'sync'");
}

#[test]
fn a_lost_primary_takes_nothing_that_was_answered_when_its_standby_is_synchronous() {
    let scene = Scene::begin(&[("MAINTENANCE__INCOMING", "hold")], Pair::moving_url);
    let asynchronous = warning(&scene).expect("a warning of held mail on an asynchronous standby");
    assert!(asynchronous.contains("no standby is synchronous"), "{asynchronous}");
    let_commits_wait(&scene);
    assert_eq!(warning(&scene), None);
    let load = Load::new(scene.doors(), scene.token());
    std::thread::scope(|scope| {
        let _ends = Ends(&load);
        load.start(scope);
        load.await_yes(ENOUGH);
        scene.by_name.maintenance_on();
        load.enter(Phase::InTheMode);
        load.await_yes(ENOUGH);
        scene.pair.lose_the_primary();
        load.enter(Phase::Down);
        load.await_later(8);
        let promoted = scene.step_at(8, Place::Standby);
        assert!(promoted[0].trim().ends_with("\nf"), "{promoted:?}");
        load.enter(Phase::Promoted);
        scene.pair.move_name_to(Cluster::New);
        assert!(scene.step(9)[0].contains("\"mode\": \"on\""), "the new primary lacks the change of the mode");
        load.await_yes(ENOUGH);
        scene.step(10);
        load.enter(Phase::Off);
        load.await_yes(ENOUGH);
    });
    assert_once(&scene, &load);
}
