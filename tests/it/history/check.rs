//! The properties of a history, whatever the timing. Pure: they follow from what clients sent, what
//! they were told, and what was found afterwards.
//!
//! An interval is a time when the mode was certainly in one state, as seen from outside: it begins
//! when a client was told the version, and ends when a client asked for the next state. A request
//! that lies completely inside was decided inside. Nothing is concluded from an unanswered request.

use std::collections::{BTreeMap, BTreeSet};

#[cfg(test)]
mod tests;

/// Microseconds since 1970, on the clock of this machine.
pub type Micros = i64;

/// A client asked for a state of the mode.
#[derive(Debug, Clone)]
pub struct Change {
    pub asked: Micros,
    pub answered: Micros,
    /// The version in the answer; `None` without an answer.
    pub version: Option<i64>,
    /// Number of mail rows with an older version right after that answer.
    pub older_rows: usize,
}

/// The answer to a client about one mail or notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// 250, or 202 and queued: it will arrive.
    Taken,
    /// 550 because of the mode, or 202 and suppressed: it will not arrive.
    Kept,
    /// A temporary refusal; nothing is stored.
    Later,
    /// No answer that tells the outcome.
    Nothing,
}

/// One recipient of a mail, or one notification.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Its unique name.
    pub name: String,
    /// Whether the mode blocks it.
    pub is_blocked: bool,
    /// When the deciding step (RCPT, the dot, the request) was sent.
    pub asked: Micros,
    pub answered: Micros,
    pub said: Said,
}

/// The record of one offer.
#[derive(Debug, Clone)]
pub struct Row {
    pub name: String,
    /// Whether it was accepted or queued, not refused or suppressed.
    pub is_taken: bool,
    /// The mode's version at the decision.
    pub version: i64,
}

/// One attempt to deliver a notification.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub name: String,
    pub started: Micros,
    pub ended: Micros,
    pub is_unknown: bool,
}

/// Mail or notifications: what was offered, what is on record, what arrived.
#[derive(Debug, Clone, Default)]
pub struct Flow {
    pub offers: Vec<Offer>,
    pub rows: Vec<Row>,
    pub attempts: Vec<Attempt>,
    /// The names that arrived, repeated for each arrival.
    pub arrived: Vec<String>,
    /// The names that still wait.
    pub waiting: BTreeSet<String>,
    /// Whether the mode takes back what was accepted before it.
    pub is_taken_back: bool,
}

/// A whole run.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Every version, and whether the mode was on.
    pub versions: BTreeMap<i64, bool>,
    pub changes: Vec<Change>,
    pub mail: Flow,
    pub notifications: Flow,
}

/// All faults in a history.
pub fn faults(history: &History) -> Vec<String> {
    let mut faults = Vec::new();
    for flow in [&history.mail, &history.notifications] {
        answers_fit_the_mode(history, flow, &mut faults);
        rows_fit_their_version(history, flow, &mut faults);
        attempts_fit_the_mode(history, flow, &mut faults);
        what_arrived_was_taken(flow, &mut faults);
        what_was_taken_is_accounted_for(flow, &mut faults);
        answers_fit_the_record(flow, &mut faults);
    }
    nothing_older_appears(history, &mut faults);
    faults
}

/// An interval in which the mode was certainly in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    pub is_on: bool,
    pub begins: Micros,
    pub ends: Micros,
}

impl Interval {
    fn holds(&self, from: Micros, to: Micros) -> bool {
        self.begins < from && to < self.ends
    }
}

/// The certain intervals.
pub fn intervals(history: &History) -> Vec<Interval> {
    let versions: Vec<(i64, bool)> = history.versions.iter().map(|(version, is_on)| (*version, *is_on)).collect();
    let told = |version: i64| history.changes.iter().filter(move |change| change.version == Some(version));
    let unanswered = || history.changes.iter().filter(|change| change.version.is_none()).map(|change| change.asked);
    let mut intervals = Vec::new();
    for stretch in versions.chunk_by(|one, next| one.1 == next.1) {
        let (first, is_on) = stretch[0];
        let next = stretch[stretch.len() - 1].0 + 1;
        let begins = stretch.iter().flat_map(|(version, _)| told(*version)).map(|change| change.answered).min();
        let Some(begins) = begins.or((first == 1).then_some(Micros::MIN)) else { continue };
        // The client that made the next state was told so, or got no answer.
        let ends = told(next).map(|change| change.asked).chain(unanswered().filter(|asked| *asked > begins)).min();
        let is_last = !history.versions.contains_key(&next);
        let Some(ends) = ends.or(is_last.then_some(Micros::MAX)) else { continue };
        intervals.push(Interval { is_on, begins, ends });
    }
    intervals
}

fn answers_fit_the_mode(history: &History, flow: &Flow, faults: &mut Vec<String>) {
    let intervals = intervals(history);
    for offer in flow.offers.iter().filter(|offer| offer.is_blocked) {
        for interval in intervals.iter().filter(|interval| interval.holds(offer.asked, offer.answered)) {
            match (interval.is_on, offer.said) {
                (true, Said::Taken) => faults.push(format!("{} was acknowledged while the mode was on", offer.name)),
                (false, Said::Kept) => faults.push(format!("{} was turned away while the mode was off", offer.name)),
                _ => {}
            }
        }
    }
    for offer in flow.offers.iter().filter(|offer| !offer.is_blocked && offer.said == Said::Kept) {
        faults.push(format!("{} was turned away, and the mode is none of its business", offer.name));
    }
}

fn rows_fit_their_version(history: &History, flow: &Flow, faults: &mut Vec<String>) {
    let blocked = blocked(flow);
    for row in &flow.rows {
        let Some(is_on) = history.versions.get(&row.version) else {
            faults.push(format!("{} carries version {}, which never was", row.name, row.version));
            continue;
        };
        if blocked.contains(row.name.as_str()) && row.is_taken == *is_on {
            let (done, state) = if row.is_taken { ("taken", "on") } else { ("kept back", "off") };
            faults.push(format!("{} was {done} under version {}, whose state was {state}", row.name, row.version));
        }
    }
}

fn attempts_fit_the_mode(history: &History, flow: &Flow, faults: &mut Vec<String>) {
    let (intervals, blocked) = (intervals(history), blocked(flow));
    for attempt in flow.attempts.iter().filter(|attempt| blocked.contains(attempt.name.as_str())) {
        if intervals.iter().any(|interval| interval.is_on && interval.holds(attempt.started, attempt.ended)) {
            faults.push(format!("{} was sent while the mode was on", attempt.name));
        }
    }
}

/// No refused, suppressed or unknown item arrives.
fn what_arrived_was_taken(flow: &Flow, faults: &mut Vec<String>) {
    let said: BTreeMap<&str, Said> = flow.offers.iter().map(|offer| (offer.name.as_str(), offer.said)).collect();
    let kept: BTreeSet<&str> = flow.rows.iter().filter(|row| !row.is_taken).map(|row| row.name.as_str()).collect();
    for name in flow.arrived.iter().map(String::as_str).collect::<BTreeSet<_>>() {
        match said.get(name) {
            None => faults.push(format!("{name} arrived, and nobody offered it")),
            Some(Said::Kept | Said::Later) => faults.push(format!("{name} arrived, and was turned away")),
            Some(Said::Taken | Said::Nothing) => {}
        }
        if kept.contains(name) {
            faults.push(format!("{name} arrived, and is on record as kept back"));
        }
    }
}

/// Every accepted item arrives, waits, or was taken back by the mode. It arrives twice only after
/// an attempt with an unknown outcome.
fn what_was_taken_is_accounted_for(flow: &Flow, faults: &mut Vec<String>) {
    let mut arrived: BTreeMap<&str, usize> = BTreeMap::new();
    flow.arrived.iter().for_each(|name| *arrived.entry(name).or_default() += 1);
    let kept: BTreeSet<&str> = flow.rows.iter().filter(|row| !row.is_taken).map(|row| row.name.as_str()).collect();
    for offer in flow.offers.iter().filter(|offer| offer.said == Said::Taken) {
        let name = offer.name.as_str();
        let is_somewhere = arrived.contains_key(name) || flow.waiting.contains(name);
        if !is_somewhere && !kept.contains(name) {
            faults.push(format!("{name} is lost"));
        }
    }
    for (name, count) in arrived {
        let unknown = flow.attempts.iter().filter(|attempt| attempt.name == name && attempt.is_unknown).count();
        if count > 1 + unknown {
            faults.push(format!("{name} arrived {count} times, and {unknown} attempts are unknown"));
        }
    }
}

/// Every accepted or blocked item is on record exactly once, as it was answered.
fn answers_fit_the_record(flow: &Flow, faults: &mut Vec<String>) {
    let mut rows: BTreeMap<&str, Vec<bool>> = BTreeMap::new();
    flow.rows.iter().for_each(|row| rows.entry(&row.name).or_default().push(row.is_taken));
    for offer in &flow.offers {
        let row = rows.remove(offer.name.as_str()).unwrap_or_default();
        let fits = match (offer.said, &row[..]) {
            (Said::Taken, [true]) | (Said::Kept, [false]) | (Said::Later, []) => true,
            (Said::Taken, [false]) => offer.is_blocked && flow.is_taken_back,
            (Said::Nothing, rows) => rows.len() < 2,
            _ => false,
        };
        if !fits {
            faults.push(format!("{} was answered {:?} and is on record as taken: {row:?}", offer.name, offer.said));
        }
    }
    faults.extend(rows.into_keys().map(|name| format!("{name} is on record, and nobody offered it")));
}

/// When a change has returned, no row with an older decision appears after it.
fn nothing_older_appears(history: &History, faults: &mut Vec<String>) {
    for change in &history.changes {
        let Some(version) = change.version else { continue };
        let older = history.mail.rows.iter().filter(|row| row.version < version).count();
        if older != change.older_rows {
            let before = change.older_rows;
            faults.push(format!("{older} mails are older than version {version}, and {before} were when it was told"));
        }
    }
}

fn blocked(flow: &Flow) -> BTreeSet<&str> {
    flow.offers.iter().filter(|offer| offer.is_blocked).map(|offer| offer.name.as_str()).collect()
}
