//! The grammar of keys: one small anchored matcher per form, tried in a fixed order.
//!
//! The matchers are written by hand because each form is read from its right end: a slug may hold
//! digits and hyphens itself, so the project's number is the last `-digits-` that still leaves a
//! token. Every matcher is linear in the length of the key.

use super::parts::{KeyParts, Project, ReplyKey};

/// The configured address that a key arrived at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The incoming address.
    Incoming,
    /// The Service Desk address, which accepts `slug-suffix` too.
    ServiceDesk,
}

type Form = for<'a> fn(&'a str) -> Option<KeyParts<'a>>;

/// All forms in the order they are tried. Unsubscribe comes before reply, because `-unsubscribe`
/// after a reply key would also match as its namespace. No other two forms match the same key, as a
/// test shows.
pub(super) const FORMS: [Form; 9] = [
    unsubscribe,
    |key| reply_key(key).map(KeyParts::Reply),
    create_issue,
    create_issue_by_path,
    comment,
    create_merge_request,
    create_merge_request_by_path,
    service_desk,
    service_desk_by_path,
];

/// Parses a key. A key is one or more characters that an address may hold without quotes (RFC 5322
/// `atext` and the dot, ASCII only); any other text gives `None`.
#[must_use]
pub fn parse(key: &str, door: Door) -> Option<KeyParts<'_>> {
    if key.is_empty() || !key.bytes().all(is_plain) {
        return None;
    }
    let found = FORMS.iter().find_map(|form| form(key));
    match door {
        Door::Incoming => found,
        // Nearly every key with a hyphen also matches slug and suffix, so this form is tried last.
        Door::ServiceDesk => found.or_else(|| service_desk_suffix(key)),
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte)
}

fn unsubscribe(key: &str) -> Option<KeyParts<'_>> {
    let signed = key.strip_suffix("unsubscribe")?;
    let (reply, sign) = [('-', signed.strip_suffix('-')), ('+', signed.strip_suffix('+'))]
        .into_iter()
        .find_map(|(sign, reply)| Some((reply?, sign)))?;
    Some(KeyParts::Unsubscribe { reply: reply_key(reply)?, sign })
}

fn reply_key(key: &str) -> Option<ReplyKey<'_>> {
    if key.len() == 32 && key.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Some(ReplyKey::Random(key));
    }
    let mut pieces = key.split('-');
    let (partition, secret, namespace) = (pieces.next()?, pieces.next()?, pieces.next());
    let base36 = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
    let fits = pieces.next().is_none()
        && (1..=4).contains(&partition.len())
        && secret.len() == 25
        && namespace.is_none_or(|namespace| (1..=13).contains(&namespace.len()) && base36(namespace))
        && base36(partition)
        && base36(secret);
    fits.then_some(ReplyKey::Partitioned { partition, secret, namespace })
}

fn create_issue(key: &str) -> Option<KeyParts<'_>> {
    let (slug, id, token) = numbered_token(key.strip_suffix("-issue")?)?;
    Some(KeyParts::CreateIssue { project: Project::Numbered { slug, id }, token })
}

fn create_issue_by_path(key: &str) -> Option<KeyParts<'_>> {
    let (path, token) = key.split_once('+')?;
    let fits = is_path(path) && is_old_token(token) && token != "unsubscribe";
    fits.then_some(KeyParts::CreateIssue { project: Project::Path(path), token })
}

fn comment(key: &str) -> Option<KeyParts<'_>> {
    let (rest, iid) = key.rsplit_once("-issue-")?;
    let (slug, project_id, token) = numbered_token(rest)?;
    is_number(iid).then_some(KeyParts::Comment { slug, project_id, token, iid })
}

fn create_merge_request(key: &str) -> Option<KeyParts<'_>> {
    let (slug, id, token) = numbered_token(key.strip_suffix("-merge-request")?)?;
    Some(KeyParts::CreateMergeRequest { project: Project::Numbered { slug, id }, token })
}

fn create_merge_request_by_path(key: &str) -> Option<KeyParts<'_>> {
    let (path, rest) = key.split_once('+')?;
    let token = rest.strip_prefix("merge-request+")?;
    (is_path(path) && is_old_token(token))
        .then_some(KeyParts::CreateMergeRequest { project: Project::Path(path), token })
}

fn service_desk(key: &str) -> Option<KeyParts<'_>> {
    let (slug, id) = key.strip_suffix("-issue-")?.rsplit_once('-')?;
    let fits = !key.contains('/') && !slug.is_empty() && is_number(id);
    fits.then_some(KeyParts::ServiceDesk(Project::Numbered { slug, id }))
}

fn service_desk_by_path(key: &str) -> Option<KeyParts<'_>> {
    is_path(key).then_some(KeyParts::ServiceDesk(Project::Path(key)))
}

fn service_desk_suffix(key: &str) -> Option<KeyParts<'_>> {
    let (slug, suffix) = key.rsplit_once('-')?;
    let is_suffix = |b: u8| b.is_ascii_digit() || b.is_ascii_lowercase() || b == b'_';
    let fits = !key.contains('/') && !slug.is_empty() && !suffix.is_empty() && suffix.bytes().all(is_suffix);
    fits.then_some(KeyParts::ServiceDeskSuffix { slug, suffix })
}

/// Splits `slug-20-token` at the last `-digits-` that leaves a slug and a token; a slug cannot hold
/// `/`.
fn numbered_token(text: &str) -> Option<(&str, &str, &str)> {
    if text.contains('/') {
        return None;
    }
    let mut end = text.len();
    while let Some(hyphen) = text[..end].rfind('-') {
        let token = &text[hyphen + 1..];
        if let Some((slug, id)) = text[..hyphen].rsplit_once('-')
            && !slug.is_empty()
            && is_number(id)
            && !token.is_empty()
        {
            return Some((slug, id, token));
        }
        end = hyphen;
    }
    None
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_old_token(text: &str) -> bool {
    !text.is_empty() && !text.contains('+')
}

/// `group/project`: two or more segments, none of them empty, `.` or `..`.
fn is_path(text: &str) -> bool {
    text.contains('/') && !text.contains('+') && text.split('/').all(|step| !matches!(step, "" | "." | ".."))
}
