//! Parses the addresses that an application writes: `Ann <ann@example.com>` or `ann@example.com`.

use super::clean;
use crate::domain::address::{Address, Mailbox, mask};

/// Longest text parsed as a mailbox, in bytes: the longest display name, quoted, plus an address.
const MAX_BYTES: usize = 9000;

/// Parses one mailbox. A name may be unquoted, as in `Ann (@ann) <ann@example.com>`, unless it
/// holds one of `" < > , ; : \`; its line breaks and other control characters become spaces.
///
/// # Errors
/// A sentence that says what is wrong; the address in it is masked.
pub fn parse_mailbox(text: &str) -> Result<Mailbox, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("a recipient with its name has at most {MAX_BYTES} bytes: shorten it"));
    }
    let text = text.trim();
    let Some((name, address)) = text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) else {
        return Ok(Mailbox { name: None, address: parse_address(text)? });
    };
    let name = unquoted(name.trim()).ok_or_else(|| {
        format!("the name before <{}> needs quotes, as in \"Archer, Ann\" <ann@example.com>", mask(address))
    })?;
    let name = clean::display_name(&name)?;
    Ok(Mailbox { name: Some(name).filter(|name| !name.is_empty()), address: parse_address(address)? })
}

/// Parses a list of mailboxes, one per text.
///
/// # Errors
/// As [`parse_mailbox`], for the first text that is not a mailbox.
pub fn parse_mailboxes<S: AsRef<str>>(texts: &[S]) -> Result<Vec<Mailbox>, String> {
    texts.iter().map(|text| parse_mailbox(text.as_ref())).collect()
}

fn parse_address(text: &str) -> Result<Address, String> {
    Address::parse(text).map_err(|err| format!("`{}` is not an address: {err}", mask(text)))
}

/// A display name without its quotes and backslashes; `None` when it is not a word, a phrase or a
/// quoted string.
fn unquoted(name: &str) -> Option<String> {
    let Some(rest) = name.strip_prefix('"') else {
        return (!name.contains(['"', '<', '>', ',', ';', ':', '\\'])).then(|| name.to_owned());
    };
    let mut kept = String::new();
    let mut chars = rest.chars();
    loop {
        match chars.next()? {
            '\\' => kept.push(chars.next()?),
            '"' => return chars.as_str().is_empty().then_some(kept),
            c => kept.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_are_read_as_people_write_them() {
        for (text, name, address) in [
            ("ann@example.com", "", "ann@example.com"),
            ("  <ann@example.com> ", "", "ann@example.com"),
            ("Ann <ann@example.com>", "Ann", "ann@example.com"),
            ("\"Archer, \\\"A\\\" \\\\\" <ann@example.com>", "Archer, \"A\" \\", "ann@example.com"),
            ("Ann (@ann) <ann@example.com>", "Ann (@ann)", "ann@example.com"),
            ("Jörg\r\nMüller <joerg@example.com>", "Jörg Müller", "joerg@example.com"),
            ("a@[127.0.0.1]", "", "a@[127.0.0.1]"),
            ("\"a b\"@example.com", "", "\"a b\"@example.com"),
        ] {
            let read = parse_mailbox(text).unwrap();
            assert_eq!((read.name.as_deref().unwrap_or(""), read.address.as_str()), (name, address), "{text:?}");
        }
        for text in [
            "",
            "Ann",
            "Ann <>",
            "<ann@example.com",
            "a@example.com, b@example.com",
            "Ann <a@example.com>, Bob <b@example.com>",
            "Archer, Ann <ann@example.com>",
            "\"Ann <ann@example.com>",
            "\"Ann\" x <ann@example.com>",
            "Ann <ann@example.com\r\nBcc: b@example.com>",
            "Ann <ann@exam\0ple.com>",
        ] {
            assert!(parse_mailbox(text).is_err(), "{text:?} was taken");
        }
        assert!(parse_mailbox(&"x".repeat(5000)).is_err());
        assert!(parse_mailbox(&format!("{} <ann@example.com>", "ü".repeat(1001))).is_err());
        assert_eq!(parse_mailboxes(&["a@example.com", "b@example.com"]).map(|list| list.len()), Ok(2));
        assert_eq!(
            parse_mailboxes(&["a@example.com", "secret@exam ple.com"]),
            Err("`s…@exam ple.com` is not an address: an address cannot hold control characters, spaces or any of \
                 < > ( ) [ ] , ; : \\ outside quotes"
                .into())
        );
    }
}
