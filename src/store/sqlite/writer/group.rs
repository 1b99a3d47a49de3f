//! What waits for the writer, and how much of it goes into one transaction.

use crate::store::error::{Result, StoreError};
use crate::store::script::{Entry, OwnRows};
use crate::store::sqlite::ledger::Ledger;
use async_trait::async_trait;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

/// At most so many scripts in one commit: more does not make a commit cheaper, only later.
const GROUP_COUNT: usize = 256;
/// At most so many bytes of bodies in one commit.
const GROUP_BYTES: usize = 8 * 1024 * 1024;

/// One piece of waiting work.
#[async_trait]
pub(super) trait Work: Send {
    /// Runs it inside the transaction that is open.
    async fn run(&mut self, ledger: &mut Ledger) -> Result<()>;
    /// Roughly what it will write.
    fn bytes(&self) -> usize;
    /// The rows of its own that it will ask about; `None` when it may look at anything.
    fn own(&self) -> Option<&OwnRows>;
    /// Tells the waiting caller the outcome.
    fn answer(self: Box<Self>, committed: Result<()>);
}

/// A script, and who waits for it.
pub(super) struct Scripted<T, F> {
    script: F,
    entry: Entry,
    done: Option<T>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Scripted<T, F> {
    /// One that has not run yet.
    pub(super) fn new(script: F, entry: Entry, reply: oneshot::Sender<Result<T>>) -> Self {
        Self { script, entry, done: None, reply }
    }
}

#[async_trait]
impl<T: Send, F> Work for Scripted<T, F>
where
    F: for<'a> Fn(&'a mut Ledger) -> BoxFuture<'a, Result<T>> + Send + Sync,
{
    async fn run(&mut self, ledger: &mut Ledger) -> Result<()> {
        self.done = Some((self.script)(ledger).await?);
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.entry.bytes
    }

    fn own(&self) -> Option<&OwnRows> {
        self.entry.own.as_ref()
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let Self { done, reply, .. } = *self;
        let result = match (committed, done) {
            (Ok(()), Some(done)) => Ok(done),
            (Ok(()), None) => Err(StoreError::Corrupt("a script was committed without a result".into())),
            (Err(error), _) => Err(error),
        };
        // The caller may be gone (a closed connection); the work is done all the same.
        let _ = reply.send(result);
    }
}

/// What the writer is asked for.
pub(super) enum Order {
    /// To run this.
    Work(Box<dyn Work>),
    /// To end after what was asked before.
    Close(oneshot::Sender<()>),
}

/// Takes what waits, up to the bounds of a group.
pub(super) fn gather(
    first: Order,
    queue: &mut mpsc::Receiver<Order>,
) -> (Vec<Box<dyn Work>>, Option<oneshot::Sender<()>>) {
    let mut group = Vec::new();
    let mut bytes = 0;
    let mut next = Some(first);
    while let Some(order) = next {
        match order {
            Order::Close(done) => return (group, Some(done)),
            Order::Work(work) => {
                bytes += work.bytes();
                group.push(work);
            }
        }
        next = if group.len() < GROUP_COUNT && bytes < GROUP_BYTES { queue.try_recv().ok() } else { None };
    }
    (group, None)
}

/// Tells all of a group the same.
pub(super) fn answer(group: impl IntoIterator<Item = Box<dyn Work>>, result: &Result<()>) {
    group.into_iter().for_each(|work| work.answer(result.clone()));
}
