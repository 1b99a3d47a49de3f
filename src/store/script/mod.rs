//! Scripts: what happens inside a transaction, said once for every kind of store.
//!
//! A script is plain data, and decides purely: from the mode, what was asked and the rows it looked
//! up to a list of [`Write`](row::Write)s and an answer for each recipient. The ledger applies the
//! writes under the version that was decided under. So a decision can be looked at, tested, and
//! sent to a database as a whole. Witnesses made here leave the store only after the commit: a
//! store hands a script's answer to its caller no sooner.
//!
//! Nothing here knows SQL ([`ledger`] is where it begins) or waits for anything but the ledger. A
//! script may be run twice: a transaction that lost against another begins again with the reading
//! of the mode.

pub mod act;
pub mod admit;
pub mod brake;
pub mod change;
mod dispatch;
pub mod drain;
pub mod end;
pub mod enqueue;
pub mod ledger;
pub mod row;
pub mod timetable;
pub mod wipe;
pub mod work;

use super::error::Result;
use super::known::Known;
use crate::domain::id::{DeliveryId, RecipientId};
use crate::policy::rules::UnknownKind;
use async_trait::async_trait;
use ledger::WholeLedger;
use std::future::Future;

/// What happens inside one transaction.
#[async_trait]
pub trait Script: Send + Sync + 'static {
    /// What the caller is told after the commit.
    type Answer: Send + 'static;

    /// How it passes the fence, and what is known of it before it runs.
    fn entry(&self) -> Entry {
        Entry::default()
    }

    /// Runs it inside the open transaction; perhaps twice.
    async fn run<L: WholeLedger>(&self, ledger: &mut L) -> Result<Self::Answer>;
}

/// A store that runs scripts: each kind says how one gets between its lock and its commit.
pub trait Scripts: Send + Sync {
    /// Runs `script` in a transaction behind the fence, and answers after its commit.
    fn enter<S: Script>(&self, script: S) -> impl Future<Output = Result<S::Answer>> + Send;

    /// What this process has seen of the mode.
    fn known(&self) -> &Known;

    /// What the mode does to notifications whose kind is not declared.
    fn unknown_kind(&self) -> UnknownKind;
}

/// How a script passes the fence, and what is known of it before it runs.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// Beside other scripts, or alone.
    pub fence: Fence,
    /// How often it is tried when the store does not serve.
    pub tries: Tries,
    /// The rows of its own that it will ask about, when it touches no others; `None` when it may
    /// look at anything.
    pub own: Option<OwnRows>,
    /// Roughly how many bytes it will write.
    pub bytes: usize,
}

/// Whether a script keeps others out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fence {
    /// Beside others; the mode cannot change meanwhile.
    #[default]
    Shared,
    /// Alone: no other script runs meanwhile.
    Alone,
}

/// How often a script is tried when the store does not serve.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tries {
    /// Once: the caller says so to its peer.
    #[default]
    Once,
    /// As long as a lease lasts: it happened already, and must be recorded.
    WhileLeased,
}

/// What a script is going to ask about rows of its own.
#[derive(Debug, Clone, Default)]
pub struct OwnRows {
    /// Contents about to be taken.
    pub contents: Vec<[u8; 32]>,
    /// Recipients whose lease is about to end.
    pub recipients: Vec<RecipientId>,
    /// Deliveries whose lease is about to end.
    pub deliveries: Vec<DeliveryId>,
}

impl Entry {
    /// Of a script that must run alone, since it changes what others decide by.
    #[must_use]
    pub fn alone() -> Self {
        Self { fence: Fence::Alone, ..Self::default() }
    }
}
