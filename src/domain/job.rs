//! Background jobs: their names and what each is for.

use super::spelling::spelled;

spelled! {
    /// A background job. A migration creates its row in the store.
    pub enum Job {
        /// Wipes messages and deletes records past their retention period.
        Retention = "retention",
        /// Deletes expired deduplication records.
        DedupExpiry = "dedup_expiry",
        /// Opens and ends scheduled maintenance windows.
        WindowKeeper = "window_keeper",
        /// Maintains the counts behind the reports.
        SummaryUpkeep = "summary_upkeep",
    }
}

impl Job {
    /// What the job does, for people.
    #[must_use]
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Retention => "Wipes messages and deletes records older than [retention] says",
            Self::DedupExpiry => "Forgets idempotency keys and known contents after 7 days",
            Self::WindowKeeper => "Begins and ends scheduled maintenance windows",
            Self::SummaryUpkeep => "Keeps the counts behind reports up to date",
        }
    }

    /// The names of all jobs, for a sentence.
    #[must_use]
    pub fn names() -> String {
        Self::ALL.iter().map(|job| job.as_str()).collect::<Vec<_>>().join(", ")
    }
}
