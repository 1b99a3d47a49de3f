//! A kind of notification.

use super::made_from::made_from;
use crate::domain::notification::{self, Class};
use serde::Serialize;

/// A kind of notification, and why it is in its class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kind {
    /// The name that applications use.
    pub name: String,
    /// The kind in words.
    pub title: String,
    /// What the mode means for it.
    pub class: Class,
    /// Why it is in that class.
    pub why: String,
    /// Other names for the same kind.
    pub aliases: Vec<String>,
}

made_from! { notification::Kind => Kind { name, title, class, why, aliases } }

impl Kind {
    /// The columns of a table and of a sheet.
    pub const TABLE: &'static [&'static str] = &["name", "class", "title", "why", "aliases"];
}

/// A kind, and what the mode does to a notification of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedKind {
    /// The kind.
    #[serde(flatten)]
    pub kind: Kind,
    /// What becomes of a notification while the mode is on.
    pub while_maintenance_is_on: &'static str,
    /// What becomes of its message.
    pub message: &'static str,
}
