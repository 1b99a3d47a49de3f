//! Running scripts: each in a transaction of its own behind the fence.

use super::PostgresStore;
use super::ledger::Ledger;
use crate::policy::rules::UnknownKind;
use crate::store::error::Result;
use crate::store::known::Known;
use crate::store::script::{Script, Scripts, Tries};
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// A script as the fence takes it: what can be run again on another ledger.
fn on_ledger<S: Script>(script: Arc<S>) -> impl for<'a> Fn(&'a mut Ledger) -> BoxFuture<'a, Result<S::Answer>> + Clone {
    move |ledger| {
        let script = Arc::clone(&script);
        Box::pin(async move { script.run(ledger).await })
    }
}

impl Scripts for PostgresStore {
    async fn enter<S: Script>(&self, script: S) -> Result<S::Answer> {
        let (entry, script) = (script.entry(), on_ledger(Arc::new(script)));
        match entry.tries {
            Tries::Once => self.write(entry.fence, script).await,
            Tries::WhileLeased => self.record(script).await,
        }
    }

    fn known(&self) -> &Known {
        &self.known
    }

    fn unknown_kind(&self) -> UnknownKind {
        self.unknown_kind
    }
}
