//! The one writer: takes whatever work waits, runs it in one transaction, and answers after the
//! commit.
//!
//! Work is a script over the [`Ledger`]. A group is bounded by count and bytes. When one of a group
//! fails, the group is rolled back and each is run again alone, so that no script fails because of
//! another. A script must therefore be fit to run twice. A group that does not get the lock
//! fails as one: each alone would wait as long again. When the file itself fails (disk, removal),
//! the connection is opened anew before the next group. A commit is answered only after another
//! look at the store's files. When the log was taken away, what it holds is folded into the file
//! through the connection that still has it, and nothing more is written until the gateway is
//! restarted.

mod group;
pub(super) mod scrub;

use super::ledger::Ledger;
use super::place::{Lost, Place};
use crate::store::error::{Result, StoreError};
use crate::store::known::Known;
use crate::store::script::{Entry, Tries};
use futures_util::future::BoxFuture;
use group::{Order, Scripted, Work, answer, gather};
use scrub::{Scrub, fold, scrub};
use sqlx::sqlite::SqliteConnectOptions;
use std::collections::VecDeque;
use tokio::sync::{mpsc, oneshot};

/// How much work may wait; later callers wait for room.
const QUEUE: usize = 1024;

/// What happened is recorded in so many tries, so far apart: together shorter than a lease.
const RECORD_TRIES: u32 = 10;
const RECORD_WAIT: std::time::Duration = std::time::Duration::from_secs(2);

/// The way to the writer; clones lead to the same one.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    orders: mpsc::Sender<Order>,
}

impl Writer {
    pub(super) fn start(ledger: Ledger, options: SqliteConnectOptions, place: Place) -> Self {
        let (orders, queue) = mpsc::channel(QUEUE);
        let known = ledger.known.clone();
        tokio::spawn(Desk { ledger: Some(ledger), known, options, place, scrub: Scrub::new() }.run(queue));
        Self { orders }
    }

    /// Runs `script` inside a transaction and answers after its commit. What happened already is
    /// tried again while the lease behind it lasts.
    pub(super) async fn enter<T, F>(&self, entry: Entry, script: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a mut Ledger) -> BoxFuture<'a, Result<T>> + Send + Sync + Clone + 'static,
    {
        let tries = match entry.tries {
            Tries::Once => 1,
            Tries::WhileLeased => RECORD_TRIES,
        };
        for _ in 1..tries {
            match self.order(entry.clone(), script.clone()).await {
                Err(StoreError::Full(_) | StoreError::Unreachable(_)) => tokio::time::sleep(RECORD_WAIT).await,
                other => return other,
            }
        }
        self.order(entry, script).await
    }

    /// Runs a script about anything, once.
    pub(super) async fn write<T, F>(&self, script: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a mut Ledger) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
    {
        self.order(Entry::default(), script).await
    }

    async fn order<T, F>(&self, entry: Entry, script: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a mut Ledger) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let gone = || StoreError::Unreachable("the store is closed".into());
        let work = Order::Work(Box::new(Scripted::new(script, entry, reply)));
        self.orders.send(work).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// Ends when the writer did, by `close` or because it died: nothing is written from then on.
    pub(super) async fn ended(&self) {
        self.orders.closed().await;
    }

    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.orders.send(Order::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }
}

/// The writer's side of the channel.
struct Desk {
    ledger: Option<Ledger>,
    known: Known,
    options: SqliteConnectOptions,
    place: Place,
    scrub: Scrub,
}

impl Desk {
    async fn run(mut self, mut queue: mpsc::Receiver<Order>) {
        loop {
            let order = tokio::select! {
                order = queue.recv() => order,
                () = self.scrub.due() => {
                    self.scrub().await;
                    continue;
                }
            };
            let Some(order) = order else { return };
            let (group, close) = gather(order, &mut queue);
            self.write(group).await;
            if let Some(done) = close {
                self.scrub().await;
                if let Some(ledger) = self.ledger.take() {
                    ledger.close().await;
                }
                let _ = done.send(());
                return;
            }
        }
    }

    /// One try to scrub.
    async fn scrub(&mut self) {
        let tried = match self.ledger().await {
            Ok(ledger) => scrub(ledger.connection()).await,
            Err(error) => Err(error),
        };
        if matches!(tried, Err(StoreError::Unreachable(_))) {
            self.ledger = None;
        }
        self.scrub.after(&tried);
    }

    /// Commits a group; when one of it or the commit fails, each of it alone.
    async fn write(&mut self, group: Vec<Box<dyn Work>>) {
        let mut groups = VecDeque::from([group]);
        while let Some(mut group) = groups.pop_front() {
            match self.attempt(&mut group).await {
                Ok(()) => answer(group, &Ok(())),
                // The next one would wait as long for the lock, and fail like this one: all are
                // told now.
                Err(Failed::All(error)) => answer(group.into_iter().chain(groups.drain(..).flatten()), &Err(error)),
                Err(Failed::Inside(_)) if group.len() > 1 => groups.extend(group.into_iter().map(|work| vec![work])),
                Err(Failed::Inside(error)) => answer(group, &Err(error)),
            }
        }
    }

    async fn attempt(&mut self, group: &mut [Box<dyn Work>]) -> std::result::Result<(), Failed> {
        let ledger = self.ledger().await.map_err(Failed::All)?;
        let result = transact(ledger, group).await;
        if let Err(Failed::All(error) | Failed::Inside(error)) = &result {
            ledger.roll_back().await;
            if matches!(error, StoreError::Unreachable(_)) {
                self.ledger = None;
            }
        } else if ledger.wiped {
            self.scrub.order();
        }
        result?;
        self.look().await.map_err(Failed::All)
    }

    /// Looks whether the store's files still stand where they stood; when only the log is gone,
    /// saves what it holds.
    async fn look(&mut self) -> Result<()> {
        let (error, log) = match self.place.look() {
            Ok(()) => return Ok(()),
            Err(Lost::File(error)) => (error, None),
            Err(Lost::Log(error)) => (error, self.ledger.take()),
        };
        self.ledger = None;
        if let Some(mut log) = log {
            match fold(log.connection()).await {
                Ok(()) => tracing::error!(%error, "{error}; all that was committed has been saved into the file"),
                Err(cause) => {
                    tracing::error!(%error, %cause, "{error}; what it holds is not saved yet: {cause}");
                    self.ledger = Some(log);
                }
            }
        }
        Err(error)
    }

    /// The connection, opened anew after a failure, and only onto the file this process began with.
    async fn ledger(&mut self) -> Result<&mut Ledger> {
        self.look().await?;
        // By parts of `self`: the answer borrows the ledger, and only that.
        let Self { ledger, known, options, .. } = self;
        match ledger {
            Some(open) => Ok(open),
            None => {
                let options = options.clone().create_if_missing(false);
                Ok(ledger.insert(Ledger::open(&options, known.clone()).await?))
            }
        }
    }
}

/// Where a transaction failed.
enum Failed {
    /// The lock or the file: nothing else that waits for it does better now.
    All(StoreError),
    /// In a script or the commit: perhaps for the sake of one script only.
    Inside(StoreError),
}

async fn transact(ledger: &mut Ledger, group: &mut [Box<dyn Work>]) -> std::result::Result<(), Failed> {
    ledger.begin().await.map_err(Failed::All)?;
    // They came at the same time, so any order is right: those that can share statements first.
    group.sort_by_key(|work| work.own().is_none());
    let own: Vec<_> = group.iter().filter_map(|work| work.own()).collect();
    ledger.foresee(&own).await.map_err(Failed::Inside)?;
    for work in group.iter_mut() {
        if work.own().is_none() {
            ledger.come_clean().await.map_err(Failed::Inside)?;
        }
        work.run(ledger).await.map_err(Failed::Inside)?;
    }
    ledger.commit().await.map_err(Failed::Inside)
}
