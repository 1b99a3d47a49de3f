//! The `file:` relay: writes each delivery to a Maildir, for trying Postern without a smarthost.
//!
//! The file is named after the delivery. A retry after a crash finds it and writes no second one.

use crate::disk;
use crate::domain::failure::Failure;
use crate::message::trace::envelope_lines;
use crate::outbound::port::{DotGate, Line, Relay, SendAnswer};
use crate::store::claim::Claim;
use crate::store::notification::Sending;
use async_trait::async_trait;
use bytes::Bytes;
use std::path::{Path, PathBuf};

/// A Maildir that takes notifications.
#[derive(Debug, Clone)]
pub struct FileRelay {
    maildir: PathBuf,
}

impl FileRelay {
    /// The Maildir at `maildir`, created when the first line is opened.
    #[must_use]
    pub fn new(maildir: PathBuf) -> Self {
        Self { maildir }
    }
}

#[async_trait]
impl Relay for FileRelay {
    async fn open(&self) -> Result<Box<dyn Line>, Failure> {
        disk::prepare(&self.maildir).await.map_err(|error| failure(&self.maildir, &error))?;
        Ok(Box::new(FileLine { maildir: self.maildir.clone(), is_usable: true }))
    }

    fn name(&self) -> String {
        format!("file:{}", self.maildir.display())
    }
}

struct FileLine {
    maildir: PathBuf,
    is_usable: bool,
}

impl FileLine {
    fn unreachable(&mut self, error: &std::io::Error) -> SendAnswer {
        self.is_usable = false;
        SendAnswer::Unreachable(failure(&self.maildir, error))
    }
}

#[async_trait]
impl Line for FileLine {
    async fn send(&mut self, claim: &Claim<Sending>, gate: &dyn DotGate) -> SendAnswer {
        if !gate.may_write().await {
            return SendAnswer::Revoked;
        }
        let item = &claim.item;
        let head = envelope_lines(Some(item.sender.as_str()), item.recipient.as_str());
        let name = item.delivery_id.to_string();
        let draft = (name.clone(), vec![Bytes::from(head), item.raw.clone()]);
        match disk::put(&self.maildir, vec![draft]).await.pop() {
            Some(Ok(true)) => SendAnswer::Done(format!("written to new/{name}")),
            Some(Ok(false)) => SendAnswer::Done(format!("{name} was there already")),
            Some(Err(error)) => self.unreachable(&error),
            None => self.unreachable(&std::io::Error::other("nothing was written")),
        }
    }

    fn is_usable(&self) -> bool {
        self.is_usable
    }

    async fn close(self: Box<Self>) {}
}

fn failure(maildir: &Path, error: &std::io::Error) -> Failure {
    let maildir = maildir.display();
    Failure::temporary(format!(
        "cannot write to the Maildir {maildir} of [relay] url: {error}; make it writable or free space"
    ))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Gate, sending};
    use super::*;

    #[tokio::test]
    async fn a_delivery_is_one_file_however_often_it_is_sent() {
        let dir = tempfile::tempdir().unwrap();
        let relay = FileRelay::new(dir.path().join("sent"));
        let mut line = relay.open().await.unwrap();
        let claim = Claim::forge(sending("Subject: hi\r\n\r\nHello\r\n"));
        for _ in 0..2 {
            assert!(matches!(line.send(&claim, &Gate::open()).await, SendAnswer::Done(_)));
        }
        let files: Vec<_> = std::fs::read_dir(dir.path().join("sent/new")).unwrap().flatten().collect();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].file_name().to_str(), Some(claim.item.delivery_id.to_string().as_str()));
        assert_eq!(
            std::fs::read_to_string(files[0].path()).unwrap(),
            "Return-Path: <forge@example.org>\r\nDelivered-To: ann@example.com\r\nSubject: hi\r\n\r\nHello\r\n"
        );
    }

    #[tokio::test]
    async fn a_revoked_delivery_leaves_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut line = FileRelay::new(dir.path().to_owned()).open().await.unwrap();
        let claim = Claim::forge(sending("x\r\n"));
        assert_eq!(line.send(&claim, &Gate::shut()).await, SendAnswer::Revoked);
        assert_eq!(std::fs::read_dir(dir.path().join("new")).unwrap().count(), 0);
        assert!(line.is_usable());
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_pauses_the_relay() {
        let dir = tempfile::tempdir().unwrap();
        let maildir = dir.path().join("sent");
        let relay = FileRelay::new(maildir.clone());
        let mut line = relay.open().await.unwrap();
        std::fs::remove_dir_all(&maildir).unwrap();
        std::fs::write(&maildir, "in the way").unwrap();
        let claim = Claim::forge(sending("x\r\n"));
        assert!(matches!(line.send(&claim, &Gate::open()).await, SendAnswer::Unreachable(_)));
        assert!(!line.is_usable());
        assert!(relay.open().await.is_err());
    }
}
