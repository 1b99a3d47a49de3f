//! Background jobs: their names and what each is for.

use super::spelling::spelled;

spelled! {
    /// A background job. Each has a row in the store, made by a migration.
    pub enum Job {
        /// Wipes messages and deletes records that are kept long enough.
        Retention = "retention",
        /// Forgets what duplicates are recognised by.
        DedupExpiry = "dedup_expiry",
        /// Opens and ends scheduled maintenance windows.
        WindowKeeper = "window_keeper",
        /// Keeps the counts behind the reports.
        SummaryUpkeep = "summary_upkeep",
    }
}

impl Job {
    /// What it does, for people.
    #[must_use]
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Retention => "Wipes messages and deletes records older than [retention] says",
            Self::DedupExpiry => "Forgets idempotency keys and known contents after 7 days",
            Self::WindowKeeper => "Begins and ends scheduled maintenance windows",
            Self::SummaryUpkeep => "Keeps the counts behind reports up to date",
        }
    }

    /// The names there are, for a sentence.
    #[must_use]
    pub fn names() -> String {
        Self::ALL.iter().map(|job| job.as_str()).collect::<Vec<_>>().join(", ")
    }
}
