//! The headers above a handed-over message: the trace (RFC 5321 §4.4), then Postern's own labels as
//! `X-Postern-…`.
//!
//! A message may begin with white space, which would continue the header line above it. So the
//! block ends with a dummy line that takes the continuation, and the message cannot change a
//! label's value.

use crate::domain::six_digits;
use crate::message::trace::{Trace, one_line};
use crate::store::mail::HandOver;

/// The dummy line that ends the block.
const END: (&str, &str) = ("X-Postern-End", "the message follows");

/// Header lines for targets that take one message, each with its CRLF: trace, labels, end line.
pub(super) fn block(item: &HandOver, hostname: &str) -> String {
    let labels = labels(item).map(|(name, value)| line(name, &value));
    [trace_of(item, hostname).lines(), labels.concat(), line(END.0, END.1)].concat()
}

/// Header names and values for targets that take fields beside the message: the trace under
/// `X-Postern-` names, then the labels.
pub(super) fn fields(item: &HandOver, hostname: &str) -> impl Iterator<Item = (&'static str, String)> {
    let [(_, return_path), (_, delivered_to), (_, received)] = trace_of(item, hostname).fields();
    let trace = [
        ("X-Postern-Return-Path", return_path),
        ("X-Postern-Delivered-To", delivered_to),
        ("X-Postern-Received", received),
    ];
    trace.into_iter().chain(labels(item))
}

/// Label names and values in output order. No value contains control characters.
fn labels(item: &HandOver) -> [(&'static str, String); 8] {
    [
        ("X-Postern-Id", item.recipient_id.to_string()),
        ("X-Postern-Mail-Id", item.mail_id.to_string()),
        ("X-Postern-Recipient", one_line(&item.recipient)),
        ("X-Postern-Sender", one_line(item.sender.as_deref().unwrap_or_default())),
        ("X-Postern-Intent", item.intent.to_string()),
        ("X-Postern-Key", one_line(&item.key)),
        ("X-Postern-Received-At", six_digits::text(item.received_at)),
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
