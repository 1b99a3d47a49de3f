//! What programs are shown, over HTTP and by the console: the JSON contract, one file for each thing.
//!
//! A thing is one struct with its serde, its part of the OpenAPI document, its columns, and `From` the row that it is made of. So a
//! member is named, described and ordered in one place, and a row of the store can change without a word to the world outside.
//!
//! The doc comments of the structs and their fields are the text of the document: write them for readers outside. The words of
//! enumerations are explained in [`word`]. Nothing here reads a store or speaks a protocol: requests, parameters and problems belong
//! to the door. `fixtures/shown` holds every byte; a change of the contract is a diff there.

mod account;
mod concern;
mod deliverability;
mod history;
mod incoming;
mod job;
mod kind;
mod made_from;
mod mode;
mod node;
mod notification;
mod queue;
mod readiness;
mod settings;
mod standstill;
pub mod summary;
mod suppressed;
mod token;
mod window;
pub mod word;

pub use account::Account;
pub use concern::Concern;
pub use deliverability::Deliverability;
pub use history::Change;
pub use incoming::IncomingMail;
pub use job::BackgroundJob;
pub use kind::{ExplainedKind, Kind};
pub use mode::{Left, Mode, ModeWithPending, Pending};
pub use node::{Node, NodeReport};
pub use notification::{AcceptedDelivery, AttemptRecord, DeliveryRecord, EnqueueAnswer, NotificationRecord};
pub use queue::QueueItem;
pub use readiness::{Alive, Failed, Ready};
pub use settings::{Settings, SettingsChanged};
pub use standstill::Pause;
pub use suppressed::SuppressedMail;
pub use token::Token;
pub use window::{CancelledWindow, Outlook, Overrun, Plan, ScheduledWindow};

/// A thing that is listed: a row of JSON, of a sheet, or of a table on a terminal.
pub trait Row: serde::Serialize {
    /// The members, in the order of the columns of a sheet.
    const SHEET: &'static [&'static str];

    /// The members, in the order of the columns of a table: what people look for comes first.
    const TABLE: &'static [&'static str];
}

/// Rows as they are shown.
#[must_use]
pub fn all<R, S: From<R>>(rows: Vec<R>) -> Vec<S> {
    rows.into_iter().map(S::from).collect()
}

#[cfg(test)]
mod tests;
