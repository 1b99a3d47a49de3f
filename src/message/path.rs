//! Parses the path in `MAIL FROM:<…>` and `RCPT TO:<…>` from the raw line.
//!
//! `smtp-proto` would lose it: a bare `<Postmaster>` comes out empty, and a quoted local part loses
//! its quotes. This module checks the path for text that could change a command or a header,
//! removes its source route, and otherwise leaves it as it is.

/// Longest path, in bytes. RFC 5321 §4.5.3.1.3 requires at least 256; addresses that carry a
/// project's full name are longer.
const PATH_BYTES: usize = 512;

/// Longest domain, in bytes (RFC 5321 §4.5.3.1.2).
const DOMAIN_BYTES: usize = 255;

/// Splits `<path>rest`; `None` when the brackets do not match up.
#[must_use]
pub fn split(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('<')?;
    let (mut quoted, mut escaped) = (false, false);
    for (place, byte) in inner.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'>' if !quoted => return Some((&inner[..place], &inner[place + 1..])),
            _ => {}
        }
    }
    None
}

/// The sender in a reverse path: `Some(None)` is the null sender, `None` means an invalid path.
#[must_use]
pub fn sender(path: &str) -> Option<Option<&str>> {
    if path.is_empty() {
        return Some(None);
    }
    mailbox(path).map(Some)
}

/// The recipient in a forward path, without its source route.
#[must_use]
pub fn recipient(path: &str) -> Option<&str> {
    if path.eq_ignore_ascii_case("postmaster") {
        return Some(path);
    }
    mailbox(path)
}

fn mailbox(path: &str) -> Option<&str> {
    let mailbox = if path.starts_with('@') { without_route(path)? } else { path };
    is_mailbox(mailbox).then_some(mailbox)
}

/// The mailbox after a source route, which a server must recognise and ignore (RFC 5321 appendix
/// C).
fn without_route(path: &str) -> Option<&str> {
    let mut in_literal = false;
    let (route, mailbox) = path.split_once(|c| {
        in_literal = c == '[' || (in_literal && c != ']');
        c == ':' && !in_literal
    })?;
    let hops_are_domains = route.split(',').all(|hop| hop.strip_prefix('@').is_some_and(is_domain));
    hops_are_domains.then_some(mailbox)
}

fn is_mailbox(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let quoted = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let local_is_clean = quoted.map_or_else(|| !local.is_empty() && local.chars().all(is_plain), is_quoted_text);
    local_is_clean && is_domain(domain) && text.len() <= PATH_BYTES
}

fn is_domain(text: &str) -> bool {
    let literal = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let inner = literal.unwrap_or(text);
    let clean = |c: char| is_plain(c) || (literal.is_some() && c == ':');
    !inner.is_empty() && inner.chars().all(clean) && text.len() <= DOMAIN_BYTES
}

/// Checks the text inside quotes (RFC 5321 §4.1.2): a quote or backslash must follow a backslash.
fn is_quoted_text(text: &str) -> bool {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let kept = if c == '\\' { chars.next() } else { Some(c).filter(|c| *c != '"') };
        if !kept.is_some_and(|kept| kept == ' ' || is_visible(kept)) {
            return false;
        }
    }
    true
}

fn is_plain(c: char) -> bool {
    is_visible(c) && !"<>()[],;:\\\"@".contains(c)
}

/// Not a control character or space, nor an invisible mark that reorders or breaks a line.
fn is_visible(c: char) -> bool {
    let unseen = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    !c.is_control() && !c.is_whitespace() && !unseen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_in_quotes_does_not_end_the_path() {
        assert_eq!(split("<\"a>b\"@c> SIZE=1"), Some(("\"a>b\"@c", " SIZE=1")));
        assert_eq!(split("<\"a\\\">b\"@c>"), Some(("\"a\\\">b\"@c", "")));
        assert_eq!(split("<\"a>"), None);
        assert_eq!(split("a@b"), None);
    }

    #[test]
    fn a_quoted_local_part_keeps_its_quotes() {
        for path in ["\"a b\"@d", "\"\\\"\"@d", "\"\"@d", "\"a@b\"@d", "jörg@exämple.de", "a..b@[IPv6:::1]"] {
            assert_eq!(recipient(path), Some(path));
        }
    }

    #[test]
    fn a_bare_postmaster_is_a_recipient_and_no_sender() {
        assert_eq!(recipient("PostMaster"), Some("PostMaster"));
        assert_eq!(sender("postmaster"), None);
        assert_eq!(recipient(""), None);
    }

    #[test]
    fn what_could_change_a_command_or_relay_is_no_recipient() {
        let long = format!("{}@d", "a".repeat(PATH_BYTES));
        let probes = [
            "@srv:",
            "@srv:u",
            "@:u@d",
            "@a b:u@d",
            "@a,:u@d",
            "@srv:@b:u@d",
            "u@d@[1.2.3.4]",
            "a b@d",
            "a\t@d",
            "u(c)@d",
            "u@",
            "@d",
            "u",
            "u@d:25",
        ];
        for path in probes.into_iter().chain(["\"a\"b\"@d", "u@[d", "a\u{2028}@d", "a\u{202e}b@d", "\"a\\\"@d", &long])
        {
            assert_eq!(recipient(path), None, "{path:?}");
        }
    }

    #[test]
    fn a_source_route_is_ignored() {
        for path in ["@a,@b.c:u@d", "@[1.2.3.4]:u@d", "@a,@[IPv6:::1]:u@d"] {
            assert_eq!((sender(path), recipient(path)), (Some(Some("u@d")), Some("u@d")), "{path}");
        }
        assert_eq!(recipient("@a:\"b:c\"@d"), Some("\"b:c\"@d"));
        assert_eq!(sender("@a b:u@d"), None);
        assert_eq!(sender(""), Some(None));
    }
}
