//! Trace: the header lines that record how a mail arrived (RFC 5321 §4.4), for every target of a
//! hand-over.
//!
//! The client chose most of this text, HELO above all. None of it can end a line, start another
//! header or close the comment of `Received`: control characters are removed, and HELO is reduced
//! to the characters of a host name or an address literal.

use crate::domain::id::MailId;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::net::IpAddr;

/// The longest HELO shown, in characters: a domain has at most 255 (RFC 5321 §4.5.3.1.2).
const MAX_HELO: usize = 255;

/// What is known about how a mail reached one recipient.
#[derive(Debug, Clone, Copy)]
pub struct Trace<'a> {
    /// The reverse path; `None` is the null sender.
    pub sender: Option<&'a str>,
    /// The envelope recipient, exactly as the client wrote it.
    pub recipient: &'a str,
    /// What the client called itself in HELO or EHLO; `None` when it was not recorded.
    pub helo: Option<&'a str>,
    /// The client's IP address.
    pub client: &'a str,
    /// Postern's own host name.
    pub hostname: &'a str,
    /// The mail's id.
    pub id: MailId,
    /// When the client sent MAIL FROM.
    pub received_at: Timestamp,
}

impl Trace<'_> {
    /// Header names and values, topmost first, each value on one line: for targets that take
    /// fields.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, String); 3] {
        [
            ("Return-Path", return_path(self.sender)),
            ("Delivered-To", one_line(self.recipient)),
            ("Received", self.received(" ")),
        ]
    }

    /// The same as header lines, with `Received` folded, each with its CRLF: for targets that take
    /// a message.
    #[must_use]
    pub fn lines(&self) -> String {
        let received = self.received("\r\n\t");
        format!("{}Received: {received}\r\n", envelope_lines(self.sender, self.recipient))
    }

    fn received(&self, fold: &str) -> String {
        let helo = host(self.helo.unwrap_or_default());
        let client = literal(self.client);
        let (hostname, id, date) = (host(self.hostname), self.id, date(self.received_at));
        format!("from {helo} ({client}){fold}by {hostname} with ESMTP id {id};{fold}{date}")
    }
}

/// `Return-Path` and `Delivered-To` as header lines, to prepend to a message.
#[must_use]
pub fn envelope_lines(sender: Option<&str>, recipient: &str) -> String {
    format!("Return-Path: {}\r\nDelivered-To: {}\r\n", return_path(sender), one_line(recipient))
}

/// `text` without characters that could end a line.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')).collect()
}

fn return_path(sender: Option<&str>) -> String {
    format!("<{}>", one_line(sender.unwrap_or_default()))
}

/// A host name or address literal as the client claims it; a character that cannot appear in one
/// becomes `?`.
fn host(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-._:[]".contains(c) { c } else { '?' };
    let host: String = text.trim().chars().take(MAX_HELO).map(plain).collect();
    if host.is_empty() { "unknown".to_owned() } else { host }
}

/// An IP address literal as RFC 5321 §4.1.3 writes it.
fn literal(client: &str) -> String {
    match client.parse() {
        Ok(IpAddr::V4(address)) => format!("[{address}]"),
        Ok(IpAddr::V6(address)) => format!("[IPv6:{address}]"),
        Err(_) => "unknown".to_owned(),
    }
}

/// The date in UTC, as RFC 5322 §3.3 writes it.
fn date(at: Timestamp) -> String {
    // Fails only for years with more than four digits.
    jiff::fmt::rfc2822::to_string(&at.to_zoned(TimeZone::UTC)).unwrap_or_else(|_| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn trace<'a>(helo: Option<&'a str>, client: &'a str) -> Trace<'a> {
        Trace {
            sender: Some("ann@example.com"),
            recipient: "incoming+KEY@localhost",
            helo,
            client,
            hostname: "gateway.example",
            id: MailId::parse("019ad739-0002-7000-8000-000000000001").unwrap(),
            received_at: "2026-12-01T04:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn the_trace_reads_as_rfc_5321_writes_it() {
        assert_eq!(
            trace(Some("mx.example.com"), "192.0.2.7").lines(),
            "Return-Path: <ann@example.com>\r\nDelivered-To: incoming+KEY@localhost\r\n\
             Received: from mx.example.com ([192.0.2.7])\r\n\
             \tby gateway.example with ESMTP id 019ad739-0002-7000-8000-000000000001;\r\n\
             \tTue, 1 Dec 2026 04:00:00 +0000\r\n"
        );
    }

    #[test]
    fn an_ipv6_client_is_written_as_a_literal_and_a_missing_helo_as_unknown() {
        let [.., (_, received)] = trace(None, "2001:db8::7").fields();
        assert!(received.starts_with("from unknown ([IPv6:2001:db8::7]) by gateway.example "), "{received}");
    }

    #[test]
    fn the_null_sender_is_an_empty_return_path() {
        let [(_, path), ..] = Trace { sender: None, ..trace(None, "::1") }.fields();
        assert_eq!(path, "<>");
    }

    #[test]
    fn a_hostile_helo_closes_no_comment_and_adds_no_clause() {
        let [.., (_, received)] = trace(Some("a) by evil; (x\r\nX-Postern-Key: k\\\"<"), "192.0.2.7").fields();
        assert!(received.starts_with("from a??by?evil???x??X-Postern-Key:?k??? ([192.0.2.7]) by "), "{received}");
    }

    proptest! {
        #[test]
        fn whatever_the_client_says_there_are_three_headers(helo: String, sender: String, recipient: String) {
            let hostile = Trace { sender: Some(&sender), recipient: &recipient, ..trace(Some(&helo), "192.0.2.7") };
            let lines = hostile.lines();
            let starts: Vec<_> = lines.split_terminator("\r\n").filter(|line| !line.starts_with('\t')).collect();
            prop_assert_eq!(starts.len(), 3);
            prop_assert!(lines.split_terminator("\r\n").all(|line| !line.contains(['\r', '\n', '\0'])));
            prop_assert!(starts[2].starts_with("Received: from "));
        }
    }
}
