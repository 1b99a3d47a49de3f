//! What monitors are told.

use super::{Concern, Pause};
use crate::domain::mode::{State, Version};
use serde::Serialize;
use utoipa::ToSchema;

/// The process answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Alive {
    /// Always `ok`.
    #[schema(examples("ok"))]
    pub status: &'static str,
}

/// The gateway can do its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ready {
    /// Always `ok`.
    #[schema(examples("ok"))]
    pub status: &'static str,
    /// Off or on.
    pub mode: State,
    /// The mode's version.
    #[schema(value_type = i64, examples(7))]
    pub version: Version,
    /// Conditions that need an operator's attention, the most urgent first.
    pub concerns: Vec<Concern>,
    /// The concerns in words, one or two sentences each.
    pub problems: Vec<String>,
    /// The paused flows.
    pub standstills: Vec<Pause>,
    /// Work that failed permanently.
    pub failed: Failed,
}

/// Work that failed permanently and is still in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Failed {
    /// Mails that the application cannot take.
    pub hand_overs: i64,
    /// Deliveries that the relay refused.
    pub deliveries: i64,
}
