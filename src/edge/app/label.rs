//! What stands above a handed-over message: the trace (RFC 5321 §4.4), then what Postern knows about it as `X-Postern-…`.
//!
//! A message may begin with white space, which continues the header line above it. So the block ends in a line that means
//! nothing and takes the continuation; no label's value can be changed by the message.

use crate::message::trace::{Trace, one_line};
use crate::store::mail::HandOver;

/// Ends the block.
const END: (&str, &str) = ("X-Postern-End", "the message follows");

/// Header lines for targets that take a message, each with its CRLF: trace, labels, and the line that ends them.
pub(super) fn block(item: &HandOver, hostname: &str) -> String {
    let labels = labels(item).map(|(name, value)| line(name, &value));
    [trace_of(item, hostname).lines(), labels.concat(), line(END.0, END.1)].concat()
}

/// Names and values for targets that take fields beside the message: the trace, by names of our own, and the labels.
pub(super) fn fields(item: &HandOver, hostname: &str) -> impl Iterator<Item = (&'static str, String)> {
    let [(_, return_path), (_, delivered_to), (_, received)] = trace_of(item, hostname).fields();
    let trace = [
        ("X-Postern-Return-Path", return_path),
        ("X-Postern-Delivered-To", delivered_to),
        ("X-Postern-Received", received),
    ];
    trace.into_iter().chain(labels(item))
}

/// Names and values, in the order they are written; a value holds no control characters.
fn labels(item: &HandOver) -> [(&'static str, String); 8] {
    [
        ("X-Postern-Id", item.recipient_id.to_string()),
        ("X-Postern-Mail-Id", item.mail_id.to_string()),
        ("X-Postern-Recipient", one_line(&item.recipient)),
        ("X-Postern-Sender", one_line(item.sender.as_deref().unwrap_or_default())),
        ("X-Postern-Intent", item.intent.to_string()),
        ("X-Postern-Key", one_line(&item.key)),
        ("X-Postern-Received-At", item.received_at.to_string()),
        ("X-Postern-Mode-Version", item.mode_version.to_string()),
    ]
}

fn trace_of<'a>(item: &'a HandOver, hostname: &'a str) -> Trace<'a> {
    Trace {
        sender: item.sender.as_deref(),
        recipient: &item.recipient,
        helo: item.helo.as_deref(),
        client: &item.client,
        hostname,
        id: item.mail_id,
        received_at: item.received_at,
    }
}

fn line(name: &str, value: &str) -> String {
    if value.is_empty() { format!("{name}:\r\n") } else { format!("{name}: {value}\r\n") }
}

#[cfg(test)]
mod tests {
    use super::super::tests::hand_over;
    use super::*;

    #[test]
    fn no_value_can_begin_another_header() {
        let mut item = hand_over();
        item.recipient = "a\r\nX-Postern-Intent: reply\0@b".to_owned();
        item.sender = Some("c\u{85}\n d@e".to_owned());
        item.key = "k\u{2028}\rx".to_owned();
        let values = labels(&item).map(|(_, value)| value);
        assert_eq!(values[2], "aX-Postern-Intent: reply@b");
        assert_eq!(values[3], "c d@e");
        assert_eq!(values[5], "kx");
    }
}
