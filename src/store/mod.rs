//! What is remembered, and the promises about it.
//!
//! Small traits say what a store does; `admit`, `work`, `change` and `timetable` say once, for every kind of store, what happens
//! inside a transaction; `sqlite/` and `postgres/` supply the SQL. Every transaction that admits, claims, suppresses or settles
//! reads the mode in that same transaction under a lock the change of the mode takes too: that is the fence.
//!
//! What comes out are witnesses: a [`Receipt`](receipt::Receipt) (committed; the only way to say 250 or 202) and a
//! [`Claim`](claim::Claim) (leased; the only way to send or hand over). Nothing here talks to a network.

pub mod access;
pub mod admit;
pub mod brake;
pub mod change;
pub mod claim;
mod column;
#[cfg(test)]
pub mod conformance;
pub mod dedup;
pub mod desk;
pub mod drain;
pub mod error;
pub mod facet;
pub mod job;
pub mod known;
pub mod lead;
pub mod ledger;
pub mod mail;
pub mod mode;
mod narrow;
pub mod notification;
pub mod pause;
pub mod person;
pub mod position;
pub mod postgres;
mod queue;
pub mod receipt;
mod record;
pub mod sqlite;
pub mod summary;
pub mod sweep;
pub mod telling;
mod timetable;
pub mod window;
pub mod work;

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
