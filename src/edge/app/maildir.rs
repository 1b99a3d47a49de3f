//! Hands mail over to a Maildir: one file per recipient, named after the recipient's id, with trace
//! and label headers above the unchanged message.
//!
//! A message may contain headers with the same names; Postern's own come first in the file. A
//! repeated hand-over finds the existing file and writes no second one. If the disk refuses a
//! write, all mail waits. file and writes no second one. When the disk says no, everything waits.

use super::label::block;
use crate::disk;
use crate::domain::failure::Failure;
use crate::inbound::port::{AppInbox, HandOverAnswer};
use crate::store::claim::Claim;
use crate::store::mail::HandOver;
use async_trait::async_trait;
use bytes::Bytes;
use std::path::PathBuf;

/// Files written before their folder is synced. All of them are open until then.
const TOGETHER: usize = 64;

/// A Maildir that the application reads.
#[derive(Debug, Clone)]
pub struct MaildirInbox {
    maildir: PathBuf,
    hostname: String,
}

impl MaildirInbox {
    /// The Maildir at `maildir`, created on the first write. `hostname` is Postern's own, for the
    /// trace.
    #[must_use]
    pub fn new(maildir: PathBuf, hostname: String) -> Self {
        Self { maildir, hostname }
    }

    fn pause(&self, error: &std::io::Error) -> HandOverAnswer {
        HandOverAnswer::Pause(self.failure(error), None)
    }

    /// One recipient's file: named after the recipient's id, with the header block above the
    /// message.
    fn draft(&self, item: &HandOver) -> disk::Draft {
        let head = block(item, &self.hostname);
        (item.recipient_id.to_string(), vec![Bytes::from(head), item.raw.clone()])
    }

    fn failure(&self, error: &std::io::Error) -> Failure {
        let maildir = self.maildir.display();
        Failure::temporary(format!(
            "cannot write to the Maildir {maildir} of [app] url: {error}; make it writable or free space"
        ))
    }
}

#[async_trait]
impl AppInbox for MaildirInbox {
    async fn offer(&self, claim: &Claim<HandOver>) -> HandOverAnswer {
        let mut answers = self.offer_together(std::slice::from_ref(claim)).await;
        answers.pop().unwrap_or_else(|| self.pause(&std::io::Error::other("nothing was written")))
    }

    fn together(&self) -> usize {
        TOGETHER
    }

    async fn offer_together(&self, claims: &[Claim<HandOver>]) -> Vec<HandOverAnswer> {
        let drafts = claims.iter().map(|claim| self.draft(&claim.item)).collect();
        let answers = disk::put(&self.maildir, drafts).await;
        let answer = |(claim, put): (&Claim<HandOver>, std::io::Result<bool>)| match put {
            Ok(true) => HandOverAnswer::Done(format!("written to new/{}", claim.item.recipient_id)),
            Ok(false) => HandOverAnswer::Done(format!("{} was there already", claim.item.recipient_id)),
            Err(error) => self.pause(&error),
        };
        claims.iter().zip(answers).map(answer).collect()
    }

    async fn probe(&self) -> Result<String, Failure> {
        match disk::prepare(&self.maildir).await {
            Ok(()) => Ok(format!("the Maildir {} is writable", self.maildir.display())),
            Err(error) => Err(self.failure(&error)),
        }
    }

    fn name(&self) -> String {
        format!("maildir:{}", self.maildir.display())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::hand_over;
    use super::*;

    fn inbox(maildir: PathBuf) -> MaildirInbox {
        MaildirInbox::new(maildir, "gateway.example".into())
    }

    #[tokio::test]
    async fn the_message_stands_untouched_below_its_trace_and_labels() {
        let dir = tempfile::tempdir().unwrap();
        let inbox = inbox(dir.path().join("inbox"));
        let mut item = hand_over();
        item.raw = Bytes::from_static(b"From: a@b\r\n\r\n\xff\0 any bytes\n.\r");
        let file = dir.path().join("inbox/new").join(item.recipient_id.to_string());
        let claim = Claim::forge(item);
        for words in ["written to new/", "was there already"] {
            let HandOverAnswer::Done(said) = inbox.offer(&claim).await else { panic!("not taken") };
            assert!(said.contains(words), "{said}");
        }
        let item = &claim.item;
        let mut expected = format!(
            "Return-Path: <ann@example.com>\r\nDelivered-To: incoming+KEY@localhost\r\n\
             Received: from mx.example.com ([192.0.2.7])\r\n\tby gateway.example with ESMTP id {1};\r\n\
             \tSun, 22 Nov 2026 12:00:00 +0000\r\n\
             X-Postern-Id: {0}\r\nX-Postern-Mail-Id: {1}\r\nX-Postern-Recipient: incoming+KEY@localhost\r\n\
             X-Postern-Sender: ann@example.com\r\nX-Postern-Intent: create_issue\r\nX-Postern-Key: KEY\r\n\
             X-Postern-Received-At: 2026-11-22T12:00:00.000000Z\r\nX-Postern-Mode-Version: 7\r\nX-Postern-End: the message follows\r\n",
            item.recipient_id, item.mail_id
        )
        .into_bytes();
        expected.extend_from_slice(&item.raw);
        assert_eq!(std::fs::read(file).unwrap(), expected);
    }

    #[tokio::test]
    async fn the_null_sender_is_an_empty_label() {
        let dir = tempfile::tempdir().unwrap();
        let item = HandOver { sender: None, ..hand_over() };
        let file = dir.path().join("new").join(item.recipient_id.to_string());
        inbox(dir.path().to_owned()).offer(&Claim::forge(item)).await;
        let written = std::fs::read(file).unwrap();
        assert!(String::from_utf8_lossy(&written).contains("\r\nX-Postern-Sender:\r\n"));
    }

    #[tokio::test]
    async fn an_empty_message_is_a_file_of_labels() {
        let dir = tempfile::tempdir().unwrap();
        let item = HandOver { raw: Bytes::new(), ..hand_over() };
        let file = dir.path().join("new").join(item.recipient_id.to_string());
        let answer = inbox(dir.path().to_owned()).offer(&Claim::forge(item)).await;
        assert!(matches!(answer, HandOverAnswer::Done(_)), "{answer:?}");
        assert!(std::fs::read(file).unwrap().ends_with(b"X-Postern-End: the message follows\r\n"));
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_pauses_the_hand_over() {
        let dir = tempfile::tempdir().unwrap();
        let inbox = inbox(dir.path().join("inbox"));
        assert!(inbox.probe().await.is_ok());
        std::fs::remove_dir_all(dir.path().join("inbox")).unwrap();
        std::fs::write(dir.path().join("inbox"), "in the way").unwrap();
        let HandOverAnswer::Pause(failure, None) = inbox.offer(&Claim::forge(hand_over())).await else { panic!() };
        assert!(failure.text.contains("make it writable"), "{}", failure.text);
        assert!(inbox.probe().await.is_err());
    }
}
