//! Something that an operator should look at.

use crate::concern::{self, Severity};
use serde::Serialize;
use utoipa::ToSchema;

/// A condition that needs an operator's attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ShownConcern)]
pub struct Concern {
    /// A stable name. New names may be added.
    #[schema(examples("relay_away"))]
    pub code: &'static str,
    /// How urgent it is.
    pub severity: Severity,
    /// What is wrong.
    #[schema(examples("The relay has taken no notifications since 2026-12-01T04:00:00Z."))]
    pub sentence: String,
    /// What to do.
    pub remedy: &'static str,
}

impl From<&concern::Concern> for Concern {
    fn from(concern: &concern::Concern) -> Self {
        Self {
            code: concern.code(),
            severity: concern.severity(),
            sentence: concern.sentence(),
            remedy: concern.remedy(),
        }
    }
}
