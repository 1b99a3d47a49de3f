//! Tests the SMTP relay against servers that behave and servers that do not.

mod dialogue;
mod fake;
mod foreign;
mod tls;
mod traps;

use super::smtp::SmtpRelay;
use super::timeouts::Timeouts;
use crate::domain::address::Address;
use crate::domain::failure::Failure;
use crate::domain::id::{DeliveryId, NotificationId};
use crate::domain::notification::Class;
use crate::outbound::port::{DotGate, Line, Relay, SendAnswer};
use crate::store::claim::Claim;
use crate::store::notification::Sending;
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use url::Url;

/// A gate that counts how often it is asked.
pub(super) struct Gate {
    is_open: bool,
    asked: AtomicU32,
}

impl Gate {
    pub(super) fn open() -> Self {
        Self { is_open: true, asked: AtomicU32::new(0) }
    }

    pub(super) fn shut() -> Self {
        Self { is_open: false, asked: AtomicU32::new(0) }
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl DotGate for Gate {
    async fn may_write(&self) -> bool {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.is_open
    }
}

/// A delivery of `raw` from `forge@example.org` to `ann@example.com`.
pub(super) fn sending(raw: &str) -> Sending {
    let at = Timestamp::UNIX_EPOCH;
    Sending {
        delivery_id: DeliveryId::mint(at),
        notification_id: NotificationId::mint(at),
        class: Class::Ordinary,
        sender: Address::parse("forge@example.org").unwrap(),
        recipient: Address::parse("ann@example.com").unwrap(),
        raw: Bytes::from(raw.to_owned()),
        enqueued_at: at,
        expires_at: at,
        attempt: 1,
    }
}

/// Long enough for a busy machine, short enough to fail a test that hangs.
fn patient() -> Timeouts {
    let limit = Duration::from_secs(20);
    Timeouts { connect: limit, hello: limit, command: limit, data: limit, message: limit, quit: limit }
}

/// Runs out at once, for servers that never answer.
fn impatient() -> Timeouts {
    let limit = Duration::from_millis(50);
    Timeouts { hello: limit, command: limit, data: limit, message: limit, quit: limit, ..patient() }
}

fn relay(port: u16, timeouts: Timeouts) -> SmtpRelay {
    let url = Url::parse(&format!("smtp://127.0.0.1:{port}")).unwrap();
    SmtpRelay::new(&url, None, "postern.example".to_owned(), timeouts).unwrap()
}

async fn line(port: u16, timeouts: Timeouts) -> Box<dyn Line> {
    relay(port, timeouts).open().await.unwrap()
}

async fn send(line: &mut Box<dyn Line>, raw: &str) -> SendAnswer {
    line.send(&Claim::forge(sending(raw)), &Gate::open()).await
}

fn refusal(open: Result<Box<dyn Line>, Failure>) -> String {
    match open {
        Ok(_) => panic!("the relay was opened"),
        Err(failure) => failure.text,
    }
}

const HELLO: &str = "Subject: hi\r\n\r\nHello\r\n";
