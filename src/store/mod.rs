//! What is remembered, and the promises about it.
//!
//! Small traits say what a store does. `script/` says once, for every kind of store, what happens
//! inside a transaction, and `report/` how what is on record is listed; `record/` reads rows;
//! `sqlite/` and `postgres/` supply the SQL. Every transaction that admits, claims, suppresses or
//! settles reads the mode in that same transaction under a lock the change of the mode takes too:
//! that is the fence.
//!
//! What comes out are witnesses: a [`Receipt`](receipt::Receipt) (committed; the only way to say
//! 250 or 202) and a [`Claim`](claim::Claim) (leased; the only way to send or hand over). Nothing
//! here talks to a network.

pub mod access;
pub mod claim;
#[cfg(test)]
pub mod conformance;
pub mod dedup;
pub mod desk;
pub mod drain;
pub mod error;
pub mod job;
pub mod known;
pub mod listed;
pub mod mail;
pub mod mode;
pub mod notification;
pub mod pause;
pub mod person;
pub mod position;
pub mod postgres;
mod queue;
pub mod receipt;
mod record;
mod report;
mod script;
mod select;
pub mod sqlite;
pub mod sweep;
pub mod telling;
pub mod window;

pub use report::{facet, summary};

/// A store that does all of these things.
pub trait Store:
    mode::ModeStore
    + window::WindowStore
    + mail::MailStore
    + notification::NotificationStore
    + desk::DeskStore
    + summary::SummaryStore
    + access::AccessStore
    + person::PersonStore
    + job::JobStore
    + dedup::DedupStore
    + telling::TellingStore
    + position::PositionStore
{
}

impl<T> Store for T where
    T: mode::ModeStore
        + window::WindowStore
        + mail::MailStore
        + notification::NotificationStore
        + desk::DeskStore
        + summary::SummaryStore
        + access::AccessStore
        + person::PersonStore
        + job::JobStore
        + dedup::DedupStore
        + telling::TellingStore
        + position::PositionStore
{
}
