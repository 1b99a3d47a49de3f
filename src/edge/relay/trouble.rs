//! What a relay's refusal, invalid reply or silence means for a delivery and for the connection.
//! Pure.

use crate::domain::address::mask;
use crate::domain::failure::Failure;
use crate::outbound::port::SendAnswer;
use crate::tls::certificate_remedy;
use lettre::transport::smtp;
use std::error::Error as _;

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The relay answered 4xx or 5xx.
    Said {
        /// The reply code.
        code: u16,
        /// The reply text.
        text: String,
    },
    /// Invalid reply, silence or lost connection. Nothing that follows can be trusted.
    Broke(String),
}

impl From<smtp::Error> for Trouble {
    fn from(error: smtp::Error) -> Self {
        let text = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        match error.status() {
            Some(code) => Self::Said { code: code.into(), text: masked(&text) },
            None => Self::Broke(masked(&text)),
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        let said = certificate_remedy(&error, "[relay] url").unwrap_or_else(|| error.to_string());
        Self::Broke(masked(&said))
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Said { code, text } => write!(f, "{code} {text}"),
            Self::Broke(text) => f.write_str(text),
        }
    }
}

/// The relay's text with addresses masked, because it is logged.
pub(super) fn masked(text: &str) -> String {
    let borders = |c: char| c.is_whitespace() || "<>()[]{},;:\"'=".contains(c);
    text.split_inclusive(borders)
        .map(|piece| {
            let word = piece.trim_end_matches(borders);
            if word.contains('@') { piece.replacen(word, &mask(word), 1) } else { piece.to_owned() }
        })
        .collect()
}

/// The step of the transaction that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA, up to 354.
    Data,
    /// From the first byte of the message to the reply after the dot.
    Message,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Mail => "MAIL FROM",
            Self::Rcpt => "RCPT TO",
            Self::Data => "DATA",
            Self::Message => "the message",
        }
    }
}

/// What the connection can be used for next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// The next delivery.
    Next,
    /// RSET, then the next delivery, because a transaction is still open.
    Reset,
    /// Nothing; the connection is dropped.
    Broken,
}

/// Judges a failure at `step`.
pub(super) fn judge(step: Step, trouble: &Trouble) -> (SendAnswer, After) {
    let text = format!("{trouble} (in answer to {})", step.name());
    let open = if step == Step::Message { After::Next } else { After::Reset };
    match (step, trouble) {
        // The relay may have accepted the message.
        (Step::Message, Trouble::Broke(_)) => (SendAnswer::Unknown(Failure::temporary(text)), After::Broken),
        (Step::Mail, Trouble::Broke(_) | Trouble::Said { code: 421, .. }) => unreachable(text),
        (Step::Rcpt | Step::Data, Trouble::Broke(_) | Trouble::Said { code: 421, .. }) => {
            (SendAnswer::Dropped(Failure::temporary(text)), After::Broken)
        }
        // 421 means that the relay is closing (RFC 5321 §3.8); after the dot it also says that it
        // did not take the message.
        (Step::Message, Trouble::Said { code: 421, .. }) => {
            (SendAnswer::Refused(Failure::temporary(text)), After::Broken)
        }
        // The relay requires authentication (RFC 4954 §6). This concerns the configuration, so
        // every mail would fail.
        (Step::Mail, Trouble::Said { code: 530 | 535 | 538, .. }) => {
            unreachable(format!("{text}; check the user in [relay] url and [relay] password_file"))
        }
        (_, Trouble::Said { code: 500..600, .. }) => (SendAnswer::Refused(Failure::permanent(text)), open),
        (_, Trouble::Said { .. }) => (SendAnswer::Refused(Failure::temporary(text)), open),
    }
}

fn unreachable(text: String) -> (SendAnswer, After) {
    (SendAnswer::Unreachable(Failure::temporary(text)), After::Broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trouble_has_one_meaning_at_every_step() {
        let troubles = [450, 550, 421, 530].map(|code| Trouble::Said { code, text: "no".to_owned() });
        let mut table = String::new();
        for step in [Step::Mail, Step::Rcpt, Step::Data, Step::Message] {
            for trouble in troubles.iter().chain([&Trouble::Broke("gone".to_owned())]) {
                let (answer, after) = judge(step, trouble);
                let (word, failure) = match answer {
                    SendAnswer::Refused(failure) => ("refused", failure),
                    SendAnswer::Unknown(failure) => ("unknown", failure),
                    SendAnswer::Unreachable(failure) => ("unreachable", failure),
                    SendAnswer::Dropped(failure) => ("dropped", failure),
                    other => panic!("{other:?}"),
                };
                let told = trouble.to_string();
                table.push_str(&format!("{step:?} {told}: {word} {:?}, {after:?}\n", failure.permanence));
            }
        }
        insta::assert_snapshot!(table, @"
        Mail 450 no: refused Temporary, Reset
        Mail 550 no: refused Permanent, Reset
        Mail 421 no: unreachable Temporary, Broken
        Mail 530 no: unreachable Temporary, Broken
        Mail gone: unreachable Temporary, Broken
        Rcpt 450 no: refused Temporary, Reset
        Rcpt 550 no: refused Permanent, Reset
        Rcpt 421 no: dropped Temporary, Broken
        Rcpt 530 no: refused Permanent, Reset
        Rcpt gone: dropped Temporary, Broken
        Data 450 no: refused Temporary, Reset
        Data 550 no: refused Permanent, Reset
        Data 421 no: dropped Temporary, Broken
        Data 530 no: refused Permanent, Reset
        Data gone: dropped Temporary, Broken
        Message 450 no: refused Temporary, Next
        Message 550 no: refused Permanent, Next
        Message 421 no: refused Temporary, Broken
        Message 530 no: refused Permanent, Next
        Message gone: unknown Temporary, Broken
        ");
    }

    #[test]
    fn no_address_stays_in_a_relays_words() {
        assert_eq!(
            masked("5.1.1 <ann.lee@example.com>: no such user, ask bob@x.org."),
            "5.1.1 <a…@example.com>: no such user, ask b…@x.org."
        );
        assert_eq!(masked("2.0.0 Ok: queued as 4F1"), "2.0.0 Ok: queued as 4F1");
    }
}
