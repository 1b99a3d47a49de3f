//! Mail addresses as envelopes carry them, and their masked form for logs.

use std::borrow::Cow;

/// An address `local@domain` that is safe to write into an SMTP command or a header.
///
/// It holds no control character, no angle bracket and no space outside quotes, and is within the
/// lengths of RFC 5321 §4.5.3.1 (local part 64 bytes, whole address 254). Whether the mailbox
/// exists is for the next hop to decide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Address(String);

/// Why a text is not an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The `@` is missing, or nothing stands before or after it.
    #[error("an address needs something before and after the `@`")]
    Shape,
    /// A control character, space or bracket that could change a command or header.
    #[error("an address cannot hold control characters, spaces or any of < > ( ) [ ] , ; : \\ outside quotes")]
    Character,
    /// Longer than RFC 5321 §4.5.3.1 allows.
    #[error("an address has at most 64 bytes before the `@` and 254 in all")]
    Length,
}

impl Address {
    /// Reads `local@domain`.
    ///
    /// # Errors
    /// When the text does not have that shape, is too long, or holds a character that could change
    /// a command or header.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::Shape)?;
        if local.is_empty() || domain.is_empty() || domain.starts_with('.') || domain.ends_with('.') {
            return Err(AddressError::Shape);
        }
        if local.len() > 64 || text.len() > 254 {
            return Err(AddressError::Length);
        }
        let quoted = local.len() >= 2 && local.starts_with('"') && local.ends_with('"');
        let local_is_clean =
            if quoted { quoted_is_clean(&local[1..local.len() - 1]) } else { local.chars().all(is_plain) };
        let domain_is_clean = domain.chars().all(|c| is_plain(c) && c != '@');
        let literal = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let literal_is_clean = literal.is_some_and(|inner| {
            !inner.is_empty() && inner.chars().all(|c| c.is_ascii_alphanumeric() || ".:-".contains(c))
        });
        if local_is_clean && (domain_is_clean || literal_is_clean) {
            Ok(Self(text.to_owned()))
        } else {
            Err(AddressError::Character)
        }
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the last `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// The part after the last `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_plain(c: char) -> bool {
    !c.is_control() && !c.is_whitespace() && !is_invisible(c) && !"<>()[],;:\\\"@".contains(c)
}

/// Line and paragraph separators and direction marks: they are invisible, and some peers break
/// lines at them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Checks the text inside a quoted local part (RFC 5321 §4.1.2): a quote or backslash must follow a
/// backslash.
fn quoted_is_clean(inner: &str) -> bool {
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        let held = if c == '\\' { chars.next() } else { Some(c) };
        match held {
            Some(kept) if !kept.is_control() && !is_invisible(kept) && (c == '\\' || kept != '"') => {}
            _ => return false,
        }
    }
    true
}

/// `address` with the quotes removed from a local part that does not need them (RFC 5321 §4.1.2).
#[must_use]
pub fn without_needless_quotes(address: &str) -> Cow<'_, str> {
    let Some((text, domain)) = quoted_local(address) else { return Cow::Borrowed(address) };
    let is_dot_string = text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_plain));
    if is_dot_string { Cow::Owned(format!("{text}@{domain}")) } else { Cow::Borrowed(address) }
}

/// The form of `address` used for comparison: identical for every spelling of one mailbox (needless
/// quotes and backslashes, the domain's case).
#[must_use]
pub fn comparable(address: &str) -> String {
    let bare = without_needless_quotes(address);
    let Some((local, domain)) = bare.rsplit_once('@') else { return bare.to_ascii_lowercase() };
    let domain = domain.to_ascii_lowercase();
    match quoted_local(&bare) {
        Some((text, _)) => format!("\"{}\"@{domain}", text.replace('\\', "\\\\").replace('"', "\\\"")),
        None => format!("{local}@{domain}"),
    }
}

/// The unquoted text of a quoted local part, and the domain.
fn quoted_local(address: &str) -> Option<(String, &str)> {
    let (local, domain) = address.rsplit_once('@')?;
    let inner = local.strip_prefix('"')?.strip_suffix('"')?;
    let mut chars = inner.chars();
    let text = std::iter::from_fn(|| chars.next().map(|c| if c == '\\' { chars.next().unwrap_or(c) } else { c }));
    Some((text.collect(), domain))
}

/// An address with a display name, as a header carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The display name, without control characters.
    pub name: Option<String>,
    /// The envelope address.
    pub address: Address,
}

/// The form of `text` that may be logged: the first letter of the local part, and the domain
/// (`a…@example.com`).
#[must_use]
pub fn mask(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).take(254).collect();
    match clean.rsplit_once('@') {
        Some((local, domain)) => format!("{}…@{domain}", local.chars().next().unwrap_or('…')),
        None if clean.is_empty() => "<>".to_owned(),
        None => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_could_change_a_command_is_refused() {
        for text in [
            "a\r\nRCPT TO:<b@c>@d",
            "a b@d",
            "<a@d>",
            "a@d>",
            "a@[d",
            "a@d\0",
            "a\u{2028}@d",
            "\"a\r\n\"@d",
            "\"a\"b\"@d",
            "a@b@c",
        ] {
            assert!(Address::parse(text).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn ordinary_and_odd_but_legal_addresses_are_taken() {
        for text in [
            "ann@example.com",
            "a+b/c=d@x",
            "\"a b\"@d",
            "\"a\\\"b\"@d",
            "jörg@exämple.de",
            "a@[127.0.0.1]",
            "a@[IPv6:::1]",
        ] {
            assert_eq!(Address::parse(text).map(|a| a.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn every_spelling_of_one_mailbox_compares_equal_and_no_other_does() {
        for (one, other) in [
            ("\"a.b+c\"@d", "a.b+c@D"),
            ("\"\\a\"@d", "a@d"),
            ("\"a b\"@d", "\"a\\ b\"@D"),
            ("Postmaster", "postmaster"),
        ] {
            assert_eq!(comparable(one), comparable(other), "{one}");
        }
        for (one, other) in [("A@d", "a@d"), ("\"a b\"@d", "\"a  b\"@d"), ("\"a\\\"b\"@d", "\"a\\\\b\"@d")] {
            assert_ne!(comparable(one), comparable(other), "{one}");
        }
    }

    #[test]
    fn only_needless_quotes_go() {
        assert_eq!(without_needless_quotes("\"a.\\b\"@d"), "a.b@d");
        for kept in ["\"a b\"@d", "\"a..b\"@d", "\"\"@d", "\".a\"@d", "\"a@b\"@d", "\"@b:a\"@d", "a\"b@d", "\"@d"] {
            assert_eq!(without_needless_quotes(kept), kept);
        }
    }

    #[test]
    fn a_mask_shows_the_domain_and_one_letter() {
        assert_eq!(mask("ann@example.com"), "a…@example.com");
        assert_eq!(mask(""), "<>");
        assert_eq!(mask("x\ny"), "…");
    }
}
