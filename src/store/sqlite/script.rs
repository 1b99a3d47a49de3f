//! Running scripts: the writer takes each, groups it with what else waits, and answers after the
//! commit.

use super::SqliteStore;
use crate::policy::rules::UnknownKind;
use crate::store::error::Result;
use crate::store::known::Known;
use crate::store::script::{Script, Scripts};
use std::sync::Arc;

impl Scripts for SqliteStore {
    async fn enter<S: Script>(&self, script: S) -> Result<S::Answer> {
        // The writer is alone in its transaction, whatever the fence asks for.
        let (entry, script) = (script.entry(), Arc::new(script));
        self.writer
            .enter(entry, move |ledger| {
                let script = Arc::clone(&script);
                Box::pin(async move { script.run(ledger).await })
            })
            .await
    }

    fn known(&self) -> &Known {
        &self.known
    }

    fn unknown_kind(&self) -> UnknownKind {
        self.unknown_kind
    }
}
