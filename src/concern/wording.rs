//! The sentences of a concern: what is wrong, what was observed, how to fix it.

use super::sentence::Sentence;
use super::{Concern, Missed, Standstill};
use crate::domain::wording::{counted, listed, number, span};

impl Concern {
    /// What is wrong, as one sentence.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "one table of sentences, a few lines each")]
    pub fn title(&self) -> Sentence {
        match self {
            Self::StoreUnreachable => {
                "The store cannot be reached, so the mode is not known: mail and notifications wait.".into()
            }
            Self::StoreDamaged => "The store holds something unexpected, so the mode is not known.".into(),
            Self::StoreUnwritable => "The store cannot be written: no mail and no notification is taken.".into(),
            Self::StoreWentBack { seen, read } => format!(
                "The mode went back from version {seen} to {read}: the store was restored or lost a change, so the mode is treated as unknown."
            )
            .into(),
            Self::DiskNearlyFull { host, folder, free_bytes, .. } => {
                format!("The disk of {folder} on {host} is nearly full: {} are left.", size(*free_bytes)).into()
            }
            Self::ApplicationReadOnly(stands) => since("The application has refused all mail since ", stands),
            Self::ApplicationAway(stands) => since("The application has taken no mail since ", stands),
            Self::RelayAway(stands) => since("The relay has taken no notifications since ", stands),
            Self::NodeBehind { node, version } => {
                format!("{node} is behind: the last version of the mode that it has seen is {version}.").into()
            }
            Self::NodeWithoutMode { node, version } => {
                format!("{node} treats the mode as unknown: it has seen version {version}, and the store has less.").into()
            }
            Self::MaintenanceOverrun { end, seconds } => Sentence::from("Maintenance was to be over at ")
                .time(*end)
                .words(format!(", {} ago, and is still on.", minutes(*seconds))),
            Self::SlowToDrain { since } => {
                Sentence::from("Maintenance has been on since ").time(*since).words(" and is not drained yet.")
            }
            Self::FailedHandOvers { count } => {
                format!("{} could not be handed over.", counted(*count, "mail", "mails")).into()
            }
            Self::FailedDeliveries { count } => {
                format!("{} failed for good.", counted(*count, "delivery", "deliveries")).into()
            }
            Self::JobFailing { job, failures, .. } => {
                format!("The job {job} failed, {} in a row.", counted(*failures, "time", "times")).into()
            }
            Self::JobsPaused { jobs } => match jobs.as_slice() {
                [one] => format!("The background job {one} is still paused.").into(),
                all => {
                    let names: Vec<String> = all.iter().map(ToString::to_string).collect();
                    format!("The background jobs {} are still paused.", listed(&names)).into()
                }
            },
            Self::KeeperPaused { window, missed: Missed::Begin, at } => {
                Sentence::from(format!("The window {window} is scheduled for "))
                    .time(*at)
                    .words(", but cannot open by itself: its job is paused.")
            }
            Self::KeeperPaused { window, missed: Missed::End, at } => {
                Sentence::from(format!("The window {window} is to end at "))
                    .time(*at)
                    .words(", but cannot turn the mode off by itself: its job is paused.")
            }
            Self::UnknownKinds { kinds } => match kinds.as_slice() {
                [one] => format!("The kind {one} is not declared.").into(),
                all => format!("The kinds {} are not declared.", listed(all)).into(),
            },
            Self::LogLinesDropped { node, count } => format!(
                "{} could not be written by {node} since it started.",
                counted(i64::try_from(*count).unwrap_or(i64::MAX), "log line", "log lines")
            )
            .into(),
            Self::CredentialsLeft { host, file } => {
                format!("The first administrator's credentials still lie in {file} on {host}.").into()
            }
        }
    }

    /// What was observed, as sentences; empty when the title says it all.
    #[must_use]
    pub fn detail(&self) -> Sentence {
        match self {
            Self::ApplicationReadOnly(stands) | Self::ApplicationAway(stands) | Self::RelayAway(stands) => {
                Sentence::from(format!("{}. It is tried again at ", sentence(&stands.reason)))
                    .time(stands.until)
                    .words(".")
            }
            Self::JobFailing { reason, next_at, .. } => {
                let reason = reason.as_deref().map_or_else(String::new, |reason| format!("{}. ", sentence(reason)));
                Sentence::from(format!("{reason}It runs again at ")).time(*next_at).words(".")
            }
            Self::StoreUnreachable
            | Self::StoreDamaged
            | Self::StoreUnwritable
            | Self::StoreWentBack { .. }
            | Self::DiskNearlyFull { .. }
            | Self::NodeBehind { .. }
            | Self::NodeWithoutMode { .. }
            | Self::MaintenanceOverrun { .. }
            | Self::SlowToDrain { .. }
            | Self::FailedHandOvers { .. }
            | Self::FailedDeliveries { .. }
            | Self::JobsPaused { .. }
            | Self::KeeperPaused { .. }
            | Self::UnknownKinds { .. }
            | Self::LogLinesDropped { .. }
            | Self::CredentialsLeft { .. } => Sentence::default(),
        }
    }

    /// How to fix it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::StoreUnreachable => "See that the database answers and that `[store] url` names it.",
            Self::StoreDamaged => "Look into the log, and report it.",
            Self::StoreUnwritable => "Free some space on its disk, or make its file and folder writable.",
            Self::StoreWentBack { .. } | Self::NodeWithoutMode { .. } => {
                "Turn the mode on or off, so that what holds is on record again."
            }
            Self::DiskNearlyFull { .. } => "Free some space before mail and notifications have to be turned away.",
            Self::ApplicationReadOnly(_) => {
                "Mail waits and is handed over by itself. If the application is in a maintenance of its own, turn the mode on here too, or end it there; if not, check the secret it has."
            }
            Self::ApplicationAway(_) => {
                "Mail waits and is handed over by itself. See that the application behind `[app] url` runs and answers."
            }
            Self::RelayAway(_) => {
                "Deliveries wait and go out by themselves. See that the relay in `[relay] url` is up and lets Postern in."
            }
            Self::NodeBehind { .. } => "See that it runs and reaches the store; its log says why it does not follow.",
            Self::MaintenanceOverrun { .. } => "Turn the mode off when the work is done, or announce a new end.",
            Self::SlowToDrain { .. } => {
                "Look at what is being sent and handed over: the other side may be slow or away. What stands still for longer comes back by itself, and may be cancelled."
            }
            Self::FailedHandOvers { .. } => "See why the application refused, then retry or cancel.",
            Self::FailedDeliveries { .. } => "See why the relay refused, then retry or cancel.",
            Self::JobFailing { .. } => "It is tried again by itself; the log says more.",
            Self::JobsPaused { .. } => "Resume when the pause is over.",
            Self::KeeperPaused { .. } => "Resume the job window_keeper, or turn the mode by hand.",
            Self::UnknownKinds { .. } => {
                "Declare them in `kinds.toml` beside the configuration file, so that the mode treats them as what they are."
            }
            Self::LogLinesDropped { .. } => {
                "See that standard error can be written: the disk may be full, or its reader gone."
            }
            Self::CredentialsLeft { .. } => "Keep them in a safe place and delete the file.",
        }
    }

    /// Title, detail and remedy on one line, for a monitor.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (title, detail) = (self.title().to_string(), self.detail().to_string());
        if detail.is_empty() { title } else { format!("{title} {detail}") }
    }
}

fn since(words: &str, stands: &Standstill) -> Sentence {
    Sentence::from(words).time(stands.since).words(".")
}

/// Turns words from the middle of a sentence into a sentence of their own, without the full stop.
fn sentence(words: &str) -> String {
    let mut letters = words.trim_end_matches('.').chars();
    let capital = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{capital}{}", letters.as_str())
}

/// A duration rounded so that it does not change every second.
fn minutes(seconds: i64) -> String {
    if seconds < 60 { "less than a minute".to_owned() } else { span(seconds - seconds % 60) }
}

fn size(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    match bytes / MIB {
        0 => "less than 1 MiB".to_owned(),
        whole => format!("{} MiB", number(i64::try_from(whole).unwrap_or(i64::MAX))),
    }
}
