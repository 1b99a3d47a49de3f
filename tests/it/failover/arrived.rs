//! What is found in the end: in the promoted store, at the application and at the smarthost.

use super::load::{Load, Phase, Taken};
use super::scene::Scene;
use crate::harness::files::header;
use crate::harness::pair::Cluster;
use crate::harness::wait::{seconds, until_true};
use std::collections::{BTreeMap, BTreeSet};

/// Longer than a lease lasts that an operation held when the primary went.
const SETTLED: u64 = 90;

/// Accepted mails: name and state.
const MAILS: &str =
    "SELECT split_part(sender, '@', 1) || ' ' || state FROM recipient WHERE verdict IN ('accept', 'hold')";

/// Notifications: name, state, and how often the relay's answer was lost.
const NOTES: &str = "SELECT n.reference || ' ' || d.state || ' ' ||
                            (SELECT count(*) FROM attempt a WHERE a.item_id = d.id AND a.outcome = 'unknown')
                       FROM notification n JOIN delivery d ON d.notification_id = n.id";

/// Waits until nothing is left to do, and finds everything that was answered yes once in the store
/// and once at its end.
pub fn assert_once(scene: &Scene, load: &Load) {
    let waits = || scene.by_name.console(&["queue", "list"]).rows().len();
    until_true("nothing waits", seconds(SETTLED), || waits() == 0);
    let (mails, notes) = (rows(scene, MAILS), rows(scene, NOTES));
    assert_same("mails in the store", names(&load.mails), mails.keys().cloned().collect());
    assert_same("mails handed over", names(&load.mails), handed_over(scene));
    assert!(mails.values().all(|told| told == &["handed_over"]), "{mails:?}");
    assert_same("notifications in the store", names(&load.notes), notes.keys().cloned().collect());
    let sent = sent(scene);
    for (name, told) in &notes {
        let (times, unknown) = (sent.get(name).copied().unwrap_or(0), told[1].parse::<usize>().unwrap());
        match told[0].as_str() {
            // Only one whose answer was lost may be sent again.
            "delivered" => assert!((1..=1 + unknown).contains(&times), "{name} was sent {times} times: {told:?}"),
            "suppressed" => assert_eq!(times, 0, "{name} was suppressed and sent"),
            other => panic!("{name} ended as {other}"),
        }
    }
    eprintln!("{}", numbers(scene, load));
}

/// What was answered yes is there, and nothing else is.
fn assert_same(what: &str, answered: BTreeSet<String>, found: BTreeSet<String>) {
    let (lost, strange) = (answered.difference(&found), found.difference(&answered));
    let (lost, strange): (Vec<_>, Vec<_>) = (lost.collect(), strange.collect());
    assert!(lost.is_empty() && strange.is_empty(), "{what}: lost {lost:?}; never answered yes {strange:?}");
}

/// How much there was, for a person who reads the output.
fn numbers(scene: &Scene, load: &Load) -> String {
    let of = |taken: &Taken| {
        let taken = taken.lock().unwrap();
        let count = |phase| taken.iter().filter(|(_, at)| *at == phase).count();
        [Phase::Before, Phase::InTheMode, Phase::Down, Phase::Promoted, Phase::Off].map(count)
    };
    let sent: usize = sent(scene).values().sum();
    format!(
        "before, in the mode, down, promoted, off: 250 {:?}, 202 {:?}; {} offers to the application, {sent} messages at the smarthost",
        of(&load.mails),
        of(&load.notes),
        scene.app.offers().len()
    )
}

fn names(taken: &Taken) -> BTreeSet<String> {
    let taken = taken.lock().unwrap();
    let names: BTreeSet<String> = taken.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(names.len(), taken.len(), "a client counted something twice");
    names
}

/// The rest of each row by the name it begins with; each name has one row.
fn rows(scene: &Scene, query: &str) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for row in scene.pair.rows(Cluster::New, query) {
        let mut words = row.split(' ').map(str::to_owned);
        let name = words.next().unwrap();
        assert!(found.insert(name.clone(), words.collect()).is_none(), "{name} is twice in the store");
    }
    found
}

/// The mails that the application was offered. One that was offered again has the id it had, by
/// which applications know it.
fn handed_over(scene: &Scene) -> BTreeSet<String> {
    let mut ids = BTreeMap::new();
    for offer in scene.app.offers() {
        let (name, id) = (header(&offer.body, "Subject").unwrap(), offer.header("webhook-id").unwrap());
        let known = ids.entry(name.clone()).or_insert_with(|| id.clone());
        assert_eq!(*known, id, "{name} was handed over as two mails");
    }
    ids.into_keys().collect()
}

/// How often each notification reached the smarthost.
fn sent(scene: &Scene) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    for recipient in scene.smarthost.recipients() {
        *times.entry(recipient.trim_end_matches("@people.test").to_owned()).or_default() += 1;
    }
    times
}
