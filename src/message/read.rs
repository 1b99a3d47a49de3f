//! Reads the headers of an incoming mail: whether a machine wrote it, and its Message-ID.
//!
//! Only the header section is read, at most 1 MiB of it; bodies are never parsed (the parser's full
//! parse of deeply nested messages crashes the process). It never fails: an unreadable header
//! counts as absent. The null sender is judged elsewhere, because it is in the envelope.
//! `Precedence`, `List-*` and `X-Auto-Response-Suppress` are ignored: mail written by people
//! carries them too.

mod subject;
pub use subject::subject;

use crate::domain::spelling::spelled;
use mail_parser::{Header, HeaderValue, MessageParser};
use std::sync::LazyLock;

/// The header with Postern's own loop mark, on every mail that Postern sends.
pub const LOOP_HEADER: &str = "X-Postern-Loop";

/// How much of a mail is read: no legitimate header section comes near 1 MiB.
const HEADER_BYTES: usize = 1024 * 1024;

/// More `Received` lines than this mean a loop (RFC 5321 §6.3): legitimate mail passes a handful of
/// servers.
const HOPS: usize = 50;

/// Longest Message-ID kept, in characters.
const MESSAGE_ID_CHARS: usize = 250;

spelled! {
    /// Why a mail counts as written by a machine.
    pub enum Automatic {
        /// It carries Postern's own mark and does not say `Auto-Submitted: no`: it came back by
        /// mistake.
        LoopMark = "loop_mark",
        /// It has passed through more than 50 servers.
        TooManyHops = "too_many_hops",
        /// `Auto-Submitted` with a word other than `no` (RFC 3834 §5).
        AutoSubmitted = "auto_submitted",
        /// `X-Autoreply: yes`.
        XAutoreply = "x_autoreply",
        /// A bounce or another `multipart/report` (RFC 6522).
        Report = "report",
    }
}

/// The result of reading a mail's headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Why the mail counts as automatic, the strongest reason first; `None` when a person wrote it.
    pub automatic: Option<Automatic>,
    /// The first Message-ID as written, without control characters, at most 250 characters.
    pub message_id: Option<String>,
}

/// Keeps every header as raw text: decoded values may hold CR, LF and NUL, and nothing here needs
/// decoding.
static PARSER: LazyLock<MessageParser> = LazyLock::new(|| {
    ["Auto-Submitted", "X-Autoreply", "Content-Type", "Message-ID", LOOP_HEADER]
        .into_iter()
        .fold(MessageParser::new(), MessageParser::header_raw)
        .default_header_ignore()
});

/// Reads the headers of `raw`; `loop_mark` is the value that Postern's own mail carries in
/// [`LOOP_HEADER`].
#[must_use]
pub fn read(raw: &[u8], loop_mark: &str) -> Reading {
    let message = PARSER.parse_headers(header_section(raw));
    let headers = message.as_ref().map_or(&[][..], |message| message.headers());
    Reading { automatic: judge(headers, loop_mark), message_id: message_id(headers) }
}

fn judge(headers: &[Header<'_>], loop_mark: &str) -> Option<Automatic> {
    let any = |name, says: &dyn Fn(&str) -> bool| values(headers, name).any(says);
    let hops = headers.iter().filter(|header| header.name().eq_ignore_ascii_case("Received")).count();
    // The application may send a mail on purpose through Postern to one of Postern's addresses, as
    // the check of a Service Desk address does. Such a mail says `Auto-Submitted: no`, and only the
    // hop count ends its loop.
    let is_meant = any("Auto-Submitted", &|value| token(value) == "no");
    if !is_meant && any(LOOP_HEADER, &|value| !loop_mark.is_empty() && value.trim() == loop_mark) {
        Some(Automatic::LoopMark)
    } else if hops > HOPS {
        Some(Automatic::TooManyHops)
    } else if any("Auto-Submitted", &|value| !matches!(token(value).as_str(), "" | "no")) {
        Some(Automatic::AutoSubmitted)
    } else if any("X-Autoreply", &|value| token(value) == "yes") {
        Some(Automatic::XAutoreply)
    } else if any("Content-Type", &|value| token(value) == "multipart/report") {
        Some(Automatic::Report)
    } else {
        None
    }
}

/// The values of every header called `name`, top to bottom.
fn values<'a>(headers: &'a [Header<'_>], name: &'a str) -> impl Iterator<Item = &'a str> {
    headers.iter().filter(move |header| header.name().eq_ignore_ascii_case(name)).filter_map(|header| {
        match header.value() {
            HeaderValue::Text(text) => Some(text.as_ref()),
            _ => None,
        }
    })
}

/// The first word, in lower case: without parameters, leading white space or comments (RFC 5322
/// §3.2.2).
fn token(value: &str) -> String {
    let mut depth = 0_usize;
    let mut word = String::new();
    for c in value.chars() {
        let ends = c == ';' || c == '(' || c.is_whitespace();
        match c {
            _ if ends && !word.is_empty() => break,
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => break,
            _ if depth > 0 || c.is_whitespace() || c.is_control() => {}
            _ => word.push(c.to_ascii_lowercase()),
        }
    }
    word
}

fn message_id(headers: &[Header<'_>]) -> Option<String> {
    values(headers, "Message-ID").find_map(|value| {
        let clean: String = value.chars().filter(|c| !c.is_control()).take(MESSAGE_ID_CHARS).collect();
        Some(clean.trim().to_owned()).filter(|id| !id.is_empty())
    })
}

/// Everything up to the first empty line, or the first [`HEADER_BYTES`].
fn header_section(raw: &[u8]) -> &[u8] {
    let head = &raw[..raw.len().min(HEADER_BYTES)];
    let mut line_is_empty = true;
    for (place, byte) in head.iter().enumerate() {
        match byte {
            b'\n' if line_is_empty => return &head[..=place],
            b'\n' => line_is_empty = true,
            b'\r' => {}
            _ => line_is_empty = false,
        }
    }
    head
}

#[cfg(test)]
pub(super) mod reparse;
#[cfg(test)]
mod tests;
