//! Reply codes of SMTP: what a verdict is called on the wire and on record.

use super::inbound::{MailVerdict, Turned, WhyNot};

/// A reply code (RFC 5321 §4.2) with subject and detail of its enhanced status code (RFC 3463),
/// whose class is the first digit of the reply code by construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplyCode {
    /// The reply code.
    pub basic: u16,
    /// Subject and detail of the enhanced status code, in a reply that has one.
    pub detail: Option<(u8, u8)>,
}

impl ReplyCode {
    /// The mail is kept.
    pub const TAKEN: Self = Self::enhanced(250, 0, 0);
    /// The mode refuses it.
    pub const REFUSED: Self = Self::enhanced(550, 3, 2);
    /// The mode defers it, by setting.
    pub const DEFERRED: Self = Self::enhanced(451, 3, 2);
    /// Whether the mode is on is not known.
    pub const MODE_UNKNOWN: Self = Self::enhanced(451, 3, 0);
    /// There is no such address.
    pub const NO_SUCH_ADDRESS: Self = Self::enhanced(550, 1, 1);

    /// A code with an enhanced status code.
    #[must_use]
    pub const fn enhanced(basic: u16, subject: u8, detail: u8) -> Self {
        Self { basic, detail: Some((subject, detail)) }
    }

    /// A code without one.
    #[must_use]
    pub const fn plain(basic: u16) -> Self {
        Self { basic, detail: None }
    }

    /// The same as 4xx if it is 5xx and `softly`, so that nothing bounces.
    #[must_use]
    pub const fn softened(self, softly: bool) -> Self {
        let basic = if softly && self.basic >= 500 { self.basic - 100 } else { self.basic };
        Self { basic, detail: self.detail }
    }
}

impl std::fmt::Display for ReplyCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.detail {
            Some((subject, detail)) => write!(f, "{} {}.{subject}.{detail}", self.basic, self.basic / 100),
            None => write!(f, "{}", self.basic),
        }
    }
}

impl Turned {
    /// The code that the client hears, unless replies are softened.
    #[must_use]
    pub fn reply_code(&self) -> ReplyCode {
        match self {
            Self::Defer(WhyNot::ModeUnknown) | Self::Refuse(WhyNot::ModeUnknown) => ReplyCode::MODE_UNKNOWN,
            Self::Refuse(WhyNot::Maintenance(_)) => ReplyCode::REFUSED,
            Self::Defer(WhyNot::Maintenance(_)) => ReplyCode::DEFERRED,
            Self::Refuse(WhyNot::NoSuchAddress) => ReplyCode::NO_SUCH_ADDRESS,
            Self::Defer(WhyNot::NoSuchAddress) => ReplyCode::NO_SUCH_ADDRESS.softened(true),
        }
    }
}

impl MailVerdict {
    /// The code that the client hears; with `soft_bounce` nothing is refused for good.
    #[must_use]
    pub fn reply_code(&self, soft_bounce: bool) -> ReplyCode {
        self.turned().map_or(ReplyCode::TAKEN, |turned| turned.reply_code()).softened(soft_bounce)
    }
}
