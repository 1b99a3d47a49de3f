//! Tests the checker: each kind of fault, added to a history without faults, is found.

use super::*;

fn offer(name: &str, is_blocked: bool, (asked, answered): (Micros, Micros), said: Said) -> Offer {
    Offer { name: name.into(), is_blocked, asked, answered, said }
}

fn row(name: &str, is_taken: bool, version: i64) -> Row {
    Row { name: name.into(), is_taken, version }
}

fn mail() -> Flow {
    Flow {
        offers: vec![
            offer("early", true, (10, 20), Said::Taken),
            offer("across", true, (90, 130), Said::Taken),
            offer("inside", true, (130, 190), Said::Kept),
            offer("mixed", true, (131, 189), Said::Later),
            offer("person", false, (140, 150), Said::Taken),
            offer("late", true, (230, 240), Said::Taken),
        ],
        rows: vec![
            row("early", true, 1),
            row("across", true, 1),
            row("inside", false, 2),
            row("person", true, 2),
            row("late", true, 3),
        ],
        arrived: ["early", "across", "person"].map(str::to_owned).into(),
        waiting: ["late".to_owned()].into(),
        ..Flow::default()
    }
}

fn notifications() -> Flow {
    let attempt = |name: &str, started, ended| Attempt { name: name.into(), started, ended, is_unknown: false };
    Flow {
        offers: vec![
            offer("sent", true, (10, 20), Said::Taken),
            offer("revoked", true, (80, 90), Said::Taken),
            offer("suppressed", true, (130, 140), Said::Kept),
            offer("note", false, (150, 160), Said::Taken),
        ],
        rows: vec![row("sent", true, 1), row("revoked", false, 2), row("suppressed", false, 2), row("note", true, 2)],
        attempts: vec![attempt("sent", 30, 40), attempt("note", 160, 170)],
        arrived: ["sent", "note"].map(str::to_owned).into(),
        is_taken_back: true,
        ..Flow::default()
    }
}

/// Off until 100, on from 120 to 200, off again from 220.
fn sound() -> History {
    let change = |asked, answered, version, older_rows| Change { asked, answered, version: Some(version), older_rows };
    History {
        versions: [(1, false), (2, true), (3, false)].into(),
        changes: vec![change(100, 120, 2, 2), change(125, 126, 2, 2), change(200, 220, 3, 4)],
        mail: mail(),
        notifications: notifications(),
    }
}

/// Adds a fault to a sound history, and asserts that exactly these faults are found.
fn is_found(put: impl FnOnce(&mut History), words: &[&str]) {
    let mut history = sound();
    put(&mut history);
    count_again(&mut history);
    let found = faults(&history);
    assert_eq!(found.len(), words.len(), "{found:#?}");
    for (fault, words) in found.iter().zip(words) {
        assert!(fault.contains(words), "{fault}");
    }
}

/// Recomputes the counts of older rows at each change.
fn count_again(history: &mut History) {
    for change in &mut history.changes {
        change.older_rows = history.mail.rows.iter().filter(|row| Some(row.version) < change.version).count();
    }
}

fn offer_of<'a>(flow: &'a mut Flow, name: &str) -> &'a mut Offer {
    flow.offers.iter_mut().find(|offer| offer.name == name).unwrap()
}

fn row_of<'a>(flow: &'a mut Flow, name: &str) -> &'a mut Row {
    flow.rows.iter_mut().find(|row| row.name == name).unwrap()
}

#[test]
fn a_sound_history_has_no_faults_and_certain_intervals() {
    assert_eq!(faults(&sound()), [""; 0]);
    let interval = |is_on, begins, ends| Interval { is_on, begins, ends };
    let expected = [interval(false, Micros::MIN, 100), interval(true, 120, 200), interval(false, 220, Micros::MAX)];
    assert_eq!(intervals(&sound()), expected);
}

#[test]
fn a_change_nobody_heard_of_makes_the_time_behind_it_uncertain() {
    let mut history = sound();
    history.changes.push(Change { asked: 150, answered: 155, version: None, older_rows: 0 });
    assert_eq!(intervals(&history)[1], Interval { is_on: true, begins: 120, ends: 150 });
}

#[test]
fn a_message_changed_within_a_maintenance_does_not_end_it() {
    let mut history = sound();
    history.versions = [(1, false), (2, true), (3, true), (4, false)].into();
    history.changes[2].version = Some(4);
    history.changes.push(Change { asked: 150, answered: 155, version: Some(3), older_rows: 4 });
    assert_eq!(intervals(&history)[1], Interval { is_on: true, begins: 120, ends: 200 });
}

#[test]
fn blocked_mail_acknowledged_inside_the_mode_is_found() {
    let put = |history: &mut History| {
        offer_of(&mut history.mail, "inside").said = Said::Taken;
        *row_of(&mut history.mail, "inside") = Row { name: "inside".into(), is_taken: true, version: 1 };
        history.mail.arrived.push("inside".into());
    };
    is_found(put, &["inside was acknowledged while the mode was on"]);
}

#[test]
fn mail_turned_away_outside_the_mode_is_found() {
    let put = |history: &mut History| {
        offer_of(&mut history.mail, "late").said = Said::Kept;
        row_of(&mut history.mail, "late").is_taken = false;
        row_of(&mut history.mail, "late").version = 2;
        history.mail.waiting.clear();
    };
    is_found(put, &["late was turned away while the mode was off"]);
}

#[test]
fn a_person_turned_away_is_found() {
    let put = |history: &mut History| {
        offer_of(&mut history.notifications, "note").said = Said::Kept;
        row_of(&mut history.notifications, "note").is_taken = false;
        history.notifications.arrived.pop();
    };
    is_found(put, &["note was turned away, and the mode is none of its business"]);
}

#[test]
fn a_row_under_a_version_of_the_other_state_is_found() {
    is_found(|history| row_of(&mut history.mail, "across").version = 2, &["across was taken under version 2"]);
    is_found(|history| row_of(&mut history.mail, "inside").version = 1, &["inside was kept back under version 1"]);
    is_found(|history| row_of(&mut history.mail, "person").version = 9, &["person carries version 9, which never was"]);
}

#[test]
fn a_row_that_appears_after_a_change_has_returned_is_found() {
    let mut history = sound();
    history.changes[0].older_rows -= 1;
    assert_eq!(faults(&history), ["2 mails are older than version 2, and 1 were when it was told"]);
}

#[test]
fn a_page_sent_inside_the_mode_is_found() {
    let put = |history: &mut History| {
        history.notifications.attempts[0].started = 130;
        history.notifications.attempts[0].ended = 140;
    };
    is_found(put, &["sent was sent while the mode was on"]);
}

#[test]
fn what_is_suppressed_and_sent_is_found() {
    let put = |history: &mut History| history.notifications.arrived.push("revoked".into());
    is_found(put, &["revoked arrived, and is on record as kept back"]);
    let put = |history: &mut History| history.notifications.arrived.push("suppressed".into());
    is_found(put, &["suppressed arrived, and was turned away", "suppressed arrived, and is on record as kept back"]);
}

#[test]
fn what_arrives_although_it_was_deferred_or_never_offered_is_found() {
    is_found(|history| history.mail.arrived.push("mixed".into()), &["mixed arrived, and was turned away"]);
    is_found(|history| history.mail.arrived.push("ghost".into()), &["ghost arrived, and nobody offered it"]);
}

#[test]
fn what_is_lost_is_found() {
    is_found(|history| drop(history.mail.arrived.remove(0)), &["early is lost"]);
    is_found(|history| history.mail.waiting.clear(), &["late is lost"]);
}

#[test]
fn what_arrives_twice_is_found_unless_an_attempt_is_unknown() {
    let put = |history: &mut History| history.notifications.arrived.push("sent".into());
    is_found(put, &["sent arrived 2 times, and 0 attempts are unknown"]);
    let put = |history: &mut History| {
        history.notifications.arrived.push("sent".into());
        history.notifications.attempts[0].is_unknown = true;
    };
    is_found(put, &[]);
}

#[test]
fn an_answer_without_its_row_and_a_row_without_its_offer_are_found() {
    let put = |history: &mut History| history.mail.rows.retain(|row| row.name != "inside");
    is_found(put, &["inside was answered Kept and is on record as taken: []"]);
    let put = |history: &mut History| {
        let row = history.mail.rows[0].clone();
        history.mail.rows.push(row);
    };
    is_found(put, &["early was answered Taken and is on record as taken: [true, true]"]);
    let put = |history: &mut History| history.mail.rows.push(Row { name: "x".into(), is_taken: true, version: 1 });
    is_found(put, &["x is on record, and nobody offered it"]);
}

#[test]
fn mail_on_record_as_refused_although_it_was_taken_is_found() {
    let put = |history: &mut History| {
        row_of(&mut history.mail, "late").is_taken = false;
        row_of(&mut history.mail, "late").version = 2;
    };
    is_found(put, &["late was answered Taken and is on record as taken: [false]"]);
}
