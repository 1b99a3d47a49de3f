//! All replies to a client. A reply has one line, or several if its text contains line feeds.
//!
//! Text from outside (the administrator's message, the host name) passes
//! [`printable`](super::ascii::printable) first, so it cannot put a CR or LF into a reply. The
//! class of the enhanced code (RFC 3463) is always the first digit of the basic code, by
//! construction.

use super::ascii::printable;
use crate::domain::mail::Verdict;
use crate::inbound::port::{Offered, Trouble};
use crate::policy::inbound::{Turned, WhyNot};
use crate::policy::reply_code::ReplyCode;
use crate::policy::rules::Reason;
use crate::store::mail::Admission;
use crate::store::receipt::Receipt;
use jiff::Timestamp;
use std::borrow::Cow;
use std::io::Write as _;

/// Longest reply line without its CRLF, in bytes (RFC 5321 §4.5.3.1.5).
const LINE_BYTES: usize = 510;

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    code: ReplyCode,
    text: Cow<'static, str>,
}

const fn of(code: ReplyCode, text: &'static str) -> Reply {
    Reply { code, text: Cow::Borrowed(text) }
}

const fn fixed(code: u16, subject: u8, detail: u8, text: &'static str) -> Reply {
    Reply { code: ReplyCode::enhanced(code, subject, detail), text: Cow::Borrowed(text) }
}

pub const HELP: Reply = fixed(214, 0, 0, "HELO EHLO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT (RFC 5321)");
pub const BYE: Reply = fixed(221, 0, 0, "Bye");
pub const DONE: Reply = fixed(250, 0, 0, "Ok");
pub const SENDER_OK: Reply = fixed(250, 1, 0, "Ok");
pub const RECIPIENT_OK: Reply = fixed(250, 1, 5, "Ok");
pub const CANNOT_VERIFY: Reply = fixed(252, 5, 0, "Cannot verify, but will take mail and try");
pub const GO_AHEAD: Reply =
    Reply { code: ReplyCode::plain(354), text: Cow::Borrowed("End the message with <CR><LF>.<CR><LF>") };

pub const CLIENT_FULL: Reply = fixed(421, 7, 0, "Too many connections from your address; come again later");
pub const SERVER_FULL: Reply = fixed(421, 3, 2, "Too many connections; come again later");
pub const SHUTTING_DOWN: Reply = fixed(421, 3, 2, "Shutting down; come again later");
pub const SILENT: Reply = fixed(421, 4, 2, "Silent for too long; closing");
pub const TOO_SLOW: Reply = fixed(421, 4, 2, "The message comes too slowly; closing");
pub const SESSION_TOO_LONG: Reply = fixed(421, 4, 2, "This session has lasted too long; closing");
pub const TOO_MANY_ERRORS: Reply = fixed(421, 7, 0, "Too many errors; closing");
pub const TOO_MUCH_JUNK: Reply = fixed(421, 7, 0, "Too many commands that bring no mail; closing");
pub const NOT_SMTP: Reply = fixed(421, 7, 0, "This is SMTP, and that is not; closing");

pub const NOT_TRUSTED: Reply = fixed(450, 7, 1, "Your address is not in smtp.trusted_clients here");
pub const UNREACHABLE: Reply = of(ReplyCode::MODE_UNKNOWN, "Nothing can be decided here now; come again later");
pub const MIXED: Reply = of(ReplyCode::DEFERRED, "The maintenance mode changed meanwhile; come again");
pub const NO_ROOM: Reply = fixed(452, 3, 1, "No space left; come again later");
pub const TOO_MANY_RECIPIENTS: Reply = fixed(452, 5, 3, "Too many recipients for one mail; send the rest in another");

pub const UNKNOWN_COMMAND: Reply = fixed(500, 5, 1, "Unknown command");
pub const UNREADABLE: Reply = fixed(500, 5, 2, "Commands are ASCII text (addresses may be UTF-8)");
pub const LINE_TOO_LONG: Reply = fixed(500, 5, 2, "Line too long");
pub const BARE_LINE_END: Reply = fixed(500, 5, 2, "Lines end in CRLF and nothing else; closing");
pub const SYNTAX: Reply = fixed(501, 5, 4, "Syntax error in the arguments");
pub const PARAMETER: Reply = fixed(501, 5, 4, "Syntax error in the parameters");
pub const REPEATED_PARAMETER: Reply = fixed(501, 5, 4, "A parameter may stand there once only");
pub const BAD_RECIPIENT: Reply = fixed(501, 1, 3, "That is not a recipient: RCPT TO:<local@domain>");
pub const BAD_SENDER: Reply = fixed(501, 1, 7, "That is not a sender: MAIL FROM:<local@domain> or <>");
pub const NOT_OFFERED: Reply = fixed(502, 5, 1, "Not offered here");
pub const NEED_HELLO: Reply = fixed(503, 5, 1, "Send EHLO first");
pub const NEED_MAIL: Reply = fixed(503, 5, 1, "Send MAIL FROM first");
pub const NEED_RECIPIENT: Reply = fixed(503, 5, 1, "Send RCPT TO first");
pub const NESTED_MAIL: Reply = fixed(503, 5, 1, "There is a mail under way; send RSET first");
pub const UNKNOWN_ADDRESS: Reply = of(ReplyCode::NO_SUCH_ADDRESS, "No such address here");
pub const FOREIGN_DOMAIN: Reply = fixed(550, 7, 1, "Not our domain; we do not relay");
pub const TOO_BIG: Reply = fixed(552, 3, 4, "Message too big");
pub const NEEDS_UTF8: Reply = fixed(553, 6, 7, "An address outside ASCII needs SMTPUTF8 at MAIL FROM");
pub const EARLY_MESSAGE: Reply = fixed(554, 5, 0, "Nothing may follow DATA before 354; closing");
pub const NO_RECIPIENTS: Reply = fixed(554, 5, 1, "No valid recipients");
pub const BARE_IN_MESSAGE: Reply = fixed(554, 6, 0, "The message holds a bare CR or LF; closing");
pub const UNKNOWN_PARAMETER: Reply = fixed(555, 5, 4, "Parameter not offered here");

impl Reply {
    /// The greeting.
    pub fn greeting(hostname: &str) -> Self {
        Self::plain(220, format!("{} ESMTP Postern", printable(hostname)))
    }

    /// The reply to HELO.
    pub fn helo(hostname: &str) -> Self {
        Self::plain(250, printable(hostname))
    }

    /// The reply to EHLO. It lists exactly the extensions that the server supports.
    pub fn ehlo(hostname: &str, max_message_bytes: usize) -> Self {
        let name = printable(hostname);
        Self::plain(
            250,
            format!("{name}\nSIZE {max_message_bytes}\nPIPELINING\n8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES"),
        )
    }

    fn plain(code: u16, text: String) -> Self {
        Self { code: ReplyCode::plain(code), text: Cow::Owned(text) }
    }

    /// The answer to a whole mail, at `now`.
    pub fn to_mail(answers: Offered, now: Timestamp) -> Self {
        match answers.map(Admission::of) {
            Ok(Admission::Taken(receipt)) => Self::taken(&receipt),
            Ok(Admission::Turned(why, _on_record)) => Self::turned(&why, now),
            Ok(Admission::Mixed) => MIXED,
            Err(trouble) => Self::trouble(trouble),
        }
    }

    fn taken(receipt: &Receipt) -> Self {
        let word = match receipt.verdict {
            Verdict::Hold => "held",
            Verdict::Discard => "discarded",
            // A refused or deferred recipient has no receipt.
            Verdict::Accept | Verdict::Refuse | Verdict::Defer => "accepted",
        };
        Self { code: ReplyCode::TAKEN, text: Cow::Owned(format!("{} {word}", receipt.mail_id)) }
    }

    /// The reply for a recipient that policy refused or deferred.
    pub fn turned(turned: &Turned, now: Timestamp) -> Self {
        let code = turned.reply_code();
        match turned.why() {
            WhyNot::Maintenance(reason) => Self::maintenance(code, reason, now),
            WhyNot::ModeUnknown => Self { code, ..UNREACHABLE },
            WhyNot::NoSuchAddress => Self { code, ..UNKNOWN_ADDRESS },
        }
    }

    /// The reply when the store is unavailable.
    pub fn trouble(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Full => NO_ROOM,
            Trouble::Unreachable => UNREACHABLE,
        }
    }

    /// The refusal text: GitLab's sentence, the administrator's message, and the planned end unless
    /// it has passed.
    fn maintenance(code: ReplyCode, reason: &Reason, now: Timestamp) -> Self {
        let end = reason.until.filter(|until| *until > now);
        let end = end.map(|until| until.strftime(" (until %Y-%m-%dT%H:%MZ)").to_string()).unwrap_or_default();
        let mut text = Reason::TEXT.to_owned();
        let room = LINE_BYTES.saturating_sub("550 5.3.2 : ".len() + text.len() + end.len());
        let message = printable(reason.message.as_deref().unwrap_or_default());
        let message = message.trim();
        // A message that is only `?` consists of characters without a transliteration, so it is
        // omitted.
        if message.chars().any(|c| !matches!(c, '?' | ' ')) {
            text.push_str(": ");
            text.extend(message.chars().take(room));
        }
        text.push_str(&end);
        Self { code, text: Cow::Owned(text) }
    }

    /// The same reply as 4xx if it is 5xx.
    pub fn softened(self) -> Self {
        Self { code: self.code.softened(true), ..self }
    }

    /// The basic code.
    pub fn code(&self) -> u16 {
        self.code.basic
    }

    /// Writes the reply as it is sent.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut lines = self.text.split('\n').peekable();
        while let Some(line) = lines.next() {
            let mark = if lines.peek().is_some() { '-' } else { ' ' };
            // Writing to a vector cannot fail.
            let _ = match self.code.detail {
                Some((subject, detail)) => {
                    let basic = self.code.basic;
                    write!(out, "{basic}{mark}{}.{subject}.{detail} {line}\r\n", basic / 100)
                }
                None => write!(out, "{}{mark}{line}\r\n", self.code.basic),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mode::Version;

    fn refusal(message: Option<&str>, until: Option<&str>) -> String {
        let until = until.map(|text| text.parse().unwrap());
        let why = WhyNot::Maintenance(Reason { version: Version(1), message: message.map(str::to_owned), until });
        let now = "2026-12-01T00:00:00Z".parse().unwrap();
        let mut out = Vec::new();
        Reply::turned(&Turned::Refuse(why), now).write(&mut out);
        String::from_utf8(out).unwrap()
    }

    const SENTENCE: &str = "550 5.3.2 This instance is in (read-only) maintenance mode";

    #[test]
    fn the_refusal_names_message_and_end_only_when_they_are_set() {
        assert_eq!(refusal(None, None), format!("{SENTENCE}\r\n"));
        let until = Some("2026-12-01T04:00:59Z");
        assert_eq!(refusal(Some("DB move"), until), format!("{SENTENCE}: DB move (until 2026-12-01T04:00Z)\r\n"));
        assert_eq!(refusal(None, until), format!("{SENTENCE} (until 2026-12-01T04:00Z)\r\n"));
    }

    #[test]
    fn a_past_end_is_left_out() {
        assert_eq!(refusal(None, Some("2026-12-01T00:00:00Z")), format!("{SENTENCE}\r\n"));
    }

    #[test]
    fn a_message_cannot_leave_its_line_or_ascii() {
        assert_eq!(refusal(Some("a\r\n250 ok\u{e000}ü"), None), format!("{SENTENCE}: a??250 ok?ue\r\n"));
        assert_eq!(refusal(Some("\u{e000} \u{e001}\n"), None), format!("{SENTENCE}\r\n"));
        assert_eq!(refusal(Some("  "), None), format!("{SENTENCE}\r\n"));
    }

    #[test]
    fn the_longest_refusal_fits_its_line_and_keeps_the_end() {
        for letter in ["m", "ü", "護"] {
            let line = refusal(Some(&letter.repeat(2000)), Some("2027-01-01T00:00:00Z"));
            assert_eq!(line.len(), 512);
            assert!(line.ends_with(" (until 2027-01-01T00:00Z)\r\n"));
        }
    }

    #[test]
    fn a_softened_refusal_is_temporary_in_both_codes() {
        let mut out = Vec::new();
        UNKNOWN_ADDRESS.softened().write(&mut out);
        assert_eq!(out, b"450 4.1.1 No such address here\r\n");
        assert_eq!(DONE.softened(), DONE);
    }

    #[test]
    fn a_host_name_with_line_ends_makes_no_second_line() {
        let mut out = Vec::new();
        Reply::greeting("a\r\n250 b").write(&mut out);
        assert_eq!(out, b"220 a??250 b ESMTP Postern\r\n");
    }
}
