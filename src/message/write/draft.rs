//! Composes a mail from its parts.

use super::{DraftError, clean, section::Section};
use crate::domain::address::Mailbox;
use crate::message::read::LOOP_HEADER;
use lettre::message::{MultiPart, SinglePart};
use sha2::{Digest, Sha256};

/// Most Message-IDs in `References`. A longer list keeps the first one (it holds the reply key) and
/// the last ones.
const REFERENCES: usize = 100;

/// Most headers of the application's own.
const MAX_HEADERS: usize = 200;

/// The parts of a mail. There is no `bcc`: blind recipients are in the envelope only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The author, for `From`.
    pub from: Mailbox,
    /// The visible recipients.
    pub to: Vec<Mailbox>,
    /// The visible recipients of a copy.
    pub cc: Vec<Mailbox>,
    /// Where replies go.
    pub reply_to: Option<Mailbox>,
    /// The subject, at most 2000 characters; control characters in it become spaces.
    pub subject: String,
    /// The body as plain text; `None` when there is only HTML.
    pub text: Option<String>,
    /// The body as HTML; with `text` too, the mail is a `multipart/alternative`.
    pub html: Option<String>,
    /// The application's own headers, name and value, in order; at most 200.
    pub headers: Vec<(String, String)>,
    /// The Message-ID the application gave, with or without angle brackets.
    pub message_id: Option<String>,
    /// The Message-ID of the mail that this one answers.
    pub in_reply_to: Option<String>,
    /// The Message-IDs of the thread, oldest first.
    pub references: Vec<String>,
    /// When the mail was written.
    pub date: jiff::Timestamp,
    /// The mark by which Postern recognises its own mail when it comes back.
    pub loop_mark: String,
    /// The Message-ID to use when the application gave none, such as `<uuid@hostname>`; the same
    /// for every attempt.
    pub fallback_message_id: String,
}

/// Writes `draft` as RFC 5322 bytes; equal drafts give equal bytes.
///
/// # Errors
/// When a member has content that no mail can carry; see [`DraftError`].
pub fn compose(draft: &Draft) -> Result<Vec<u8>, DraftError> {
    let message_id = match &draft.message_id {
        Some(own) => clean::own_message_id("message_id", own)?,
        None => clean::message_id("message_id", &draft.fallback_message_id)?,
    };
    if draft.headers.len() > MAX_HEADERS {
        return Err(DraftError::new("headers", format!("there are more than {MAX_HEADERS}: leave some out")));
    }
    let mut section = Section::default();
    write_people(draft, &mut section)?;
    section.text("Subject", &clean::subject(&draft.subject)?);
    section.words("Date", [clean::date(draft.date)?]);
    section.words("Message-ID", [&message_id]);
    write_thread(draft, &mut section)?;
    section.words("MIME-Version", ["1.0"]);
    for (name, value) in [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")] {
        if !draft.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)) {
            section.words(name, [value]);
        }
    }
    section.words(LOOP_HEADER, [clean::loop_mark(&draft.loop_mark)?]);
    for (name, value) in &draft.headers {
        section.text(name, &clean::header(name, value)?);
    }
    let mut mail = section.into_bytes();
    mail.extend(write_body(draft, &message_id)?);
    Ok(mail)
}

fn write_people(draft: &Draft, section: &mut Section) -> Result<(), DraftError> {
    section.mailboxes("From", "from", std::slice::from_ref(&draft.from))?;
    if !draft.to.is_empty() {
        section.mailboxes("To", "to", &draft.to)?;
    } else if draft.cc.is_empty() {
        // Only blind recipients: write an empty group (RFC 5322 §3.4), because some readers reject
        // a mail without recipients.
        section.words("To", ["undisclosed-recipients:;"]);
    }
    if !draft.cc.is_empty() {
        section.mailboxes("Cc", "cc", &draft.cc)?;
    }
    match &draft.reply_to {
        Some(mailbox) => section.mailboxes("Reply-To", "reply_to", std::slice::from_ref(mailbox)),
        None => Ok(()),
    }
}

fn write_thread(draft: &Draft, section: &mut Section) -> Result<(), DraftError> {
    if let Some(id) = &draft.in_reply_to {
        section.words("In-Reply-To", [clean::message_id("in_reply_to", id)?]);
    }
    let surplus = draft.references.len().saturating_sub(REFERENCES);
    let kept = draft.references.iter().enumerate().filter(|(place, _)| *place == 0 || *place > surplus);
    let kept = kept.map(|(_, id)| clean::message_id("references", id)).collect::<Result<Vec<_>, _>>()?;
    if !kept.is_empty() {
        section.words("References", kept);
    }
    Ok(())
}

/// Writes the headers that describe the body, an empty line, and the body.
fn write_body(draft: &Draft, message_id: &str) -> Result<Vec<u8>, DraftError> {
    let text = draft.text.as_deref().map(|text| lines("text", text)).transpose()?;
    let html = draft.html.as_deref().map(|html| lines("html", html)).transpose()?;
    match (text, html) {
        (None, None) => Err(DraftError::new("text", "the mail has no body: give `text`, `html` or both")),
        (Some(text), None) => Ok(SinglePart::plain(text).formatted()),
        (None, Some(html)) => Ok(SinglePart::html(html).formatted()),
        (Some(text), Some(html)) => {
            let boundary = boundary(&[message_id, &text, &html]);
            let parts = MultiPart::alternative().boundary(boundary);
            Ok(parts.singlepart(SinglePart::plain(text)).singlepart(SinglePart::html(html)).formatted())
        }
    }
}

/// A body with CRLF line endings, without the last one: the library adds it. (The library also
/// turns bare LF into CRLF itself, but in quadratic time, and leaves a bare CR unchanged.)
fn lines(field: &'static str, body: &str) -> Result<String, DraftError> {
    if body.contains('\0') {
        return Err(DraftError::new(field, "it holds a NUL character, which no mail can carry: remove it"));
    }
    let mut clean = body.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
    if clean.ends_with("\r\n") {
        clean.truncate(clean.len() - 2);
    }
    Ok(clean)
}

/// The boundary between the parts. It depends on all of them, so that no part can be written to
/// contain it, and on nothing else, so that every attempt sends the same bytes (the library's own
/// boundary is random).
fn boundary(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(20).fold("postern-".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}
