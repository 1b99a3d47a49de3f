//! What needs somebody: each problem with its remedy in words.

use crate::domain::mode::State;
use crate::domain::window::Outlook;
use crate::edge::http::page::moment::{ago, minute, span};
use crate::edge::http::page::words::counted;
use crate::store::desk::Depths;
use crate::store::drain::Drain;
use crate::store::job::{JobRow, forgotten};
use crate::store::pause::{Cause, Flow, Pause};
use jiff::Timestamp;

/// After so long a maintenance that is not drained is a matter for somebody, in seconds: leases end well before.
const PATIENCE: i64 = 120;

const BACKGROUND_JOBS: &str = "/admin/background_jobs";

/// Something that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    /// How it looks: `bad` or `warn`.
    pub look: &'static str,
    /// What is wrong.
    pub title: String,
    /// More about it, as a sentence; empty when the title says all.
    pub detail: String,
    /// What to do.
    pub remedy: String,
    /// Where, and what the link says.
    pub way: Option<(&'static str, &'static str)>,
}

/// What is looked at.
pub struct Found<'a> {
    /// The mode and what is under way.
    pub drain: &'a Drain,
    /// What waits.
    pub depths: &'a Depths,
    /// What is planned.
    pub outlook: &'a Outlook,
    /// What stands still.
    pub pauses: &'a [Pause],
    /// What runs by itself.
    pub jobs: &'a [JobRow],
}

impl Found<'_> {
    /// What needs somebody at `now`, the worst first.
    pub fn concerns(&self, now: Timestamp) -> Vec<Concern> {
        let standstills = self.pauses.iter().map(stands_still);
        let waits = self.overrun().into_iter().chain(self.slow(now));
        let jobs = self.jobs.iter().filter_map(failing).chain(self.paused());
        standstills.chain(waits).chain(self.failed()).chain(jobs).collect()
    }

    fn overrun(&self) -> Option<Concern> {
        let late = self.outlook.overrun?;
        Some(Concern {
            look: "bad",
            detail: String::new(),
            title: format!(
                "Maintenance was to be over at {}, {} ago, and is still on.",
                minute(&late.since),
                span(late.seconds)
            ),
            remedy: "Turn it off when the work is done, or announce a new end so that people know.".to_owned(),
            way: Some(("/admin/application_settings/general", "Maintenance Mode")),
        })
    }

    fn slow(&self, now: Timestamp) -> Option<Concern> {
        let mode = &self.drain.mode;
        let is_slow = mode.state == State::On
            && self.drain.drained_at.is_none()
            && now.duration_since(mode.since).as_secs() >= PATIENCE;
        is_slow.then(|| Concern {
            look: "warn",
            detail: String::new(),
            title: format!("Maintenance is on for {} and not drained yet.", ago(&mode.since, &now)),
            remedy: "Look at what is being sent and handed over: the other side may be slow or away. What stands still for longer comes back by itself, and may be cancelled.".to_owned(),
            way: Some(("/admin/queues", "Queues")),
        })
    }

    fn paused(&self) -> Option<Concern> {
        let words = forgotten(self.jobs, self.drain.mode.state, self.outlook)?;
        Some(Concern {
            look: "warn",
            title: format!("{words}."),
            detail: String::new(),
            remedy: "Resume them when their pause is over.".to_owned(),
            way: Some((BACKGROUND_JOBS, "Background jobs")),
        })
    }

    fn failed(&self) -> Vec<Concern> {
        let failed = [
            (
                self.depths.failed_hand_overs,
                "mail could not be handed over",
                "mails could not be handed over",
                "The application said no. See why, then retry or cancel.",
                "/admin/queues?type=recipient&state=failed",
            ),
            (
                self.depths.failed_deliveries,
                "delivery failed for good",
                "deliveries failed for good",
                "The smarthost said no. See why, then retry or cancel.",
                "/admin/queues?type=delivery&state=failed",
            ),
        ];
        let concern = |(count, one, many, remedy, way): (i64, &str, &str, &str, &'static str)| Concern {
            look: "warn",
            detail: String::new(),
            title: format!("{}.", counted(count, one, many)),
            remedy: remedy.to_owned(),
            way: Some((way, "What failed, and why")),
        };
        failed.into_iter().filter(|(count, ..)| *count > 0).map(concern).collect()
    }
}

fn stands_still(pause: &Pause) -> Concern {
    let (who, remedy) = match (pause.flow, pause.cause) {
        (Flow::HandOver, Cause::ReadOnly) => (
            "The application takes no mail, for it is read-only itself",
            "There are two flags in one house: turn Maintenance Mode on here too, or end the application's own. Mail waits and is handed over by itself.",
        ),
        (Flow::HandOver, Cause::Trouble) => (
            "The application takes no mail",
            "See that the application behind [app] url runs and answers; `postern check` tries it. Mail waits and is handed over by itself.",
        ),
        (Flow::Relay, _) => (
            "The smarthost takes no notifications",
            "See that the smarthost in [relay] url is up and lets Postern in; `postern check` tries it. Deliveries wait and go out by themselves.",
        ),
    };
    Concern {
        look: "bad",
        title: format!("{who} since {}.", minute(&pause.since)),
        detail: format!("{}. It is tried again at {}.", sentence(&pause.reason), minute(&pause.until)),
        remedy: remedy.to_owned(),
        way: Some(("/admin/queues", "Queues")),
    }
}

/// Words that began inside another sentence, as one of their own without its full stop.
fn sentence(words: &str) -> String {
    let mut letters = words.trim_end_matches('.').chars();
    let capital = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{capital}{}", letters.as_str())
}

fn failing(job: &JobRow) -> Option<Concern> {
    let said = job.last_sentence.as_deref().unwrap_or("no reason is on record");
    (job.failures > 0).then(|| Concern {
        look: "warn",
        title: format!("The job {} failed, {} in a row.", job.name, counted(job.failures, "time", "times")),
        detail: format!("{}.", sentence(said)),
        remedy: format!("It is tried again at {}; the log says more.", minute(&job.next_at)),
        way: Some((BACKGROUND_JOBS, "Background jobs")),
    })
}
