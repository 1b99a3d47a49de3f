//! Examples for the API description of enqueueing: requests as applications send them, and the
//! answers.

use serde_json::{Value, json};

/// A notification of a new comment.
#[must_use]
pub fn new_note() -> Value {
    json!({
        "kind": "new_note",
        "to": ["Ann <ann@example.com>"],
        "from": "Bob <forge@example.com>",
        "reply_to": "incoming+59d8df8370b7e95c5a49fbf86aeb2c93@example.com",
        "subject": "Re: Printer on fire (#7)",
        "text": "Bob commented: have you tried water?",
        "html": "<p>Bob commented: have you tried water?</p>",
        "headers": {"X-GitLab-Project": "group/project"},
        "message_id": "<note_42@forge.example.com>",
        "in_reply_to": "<issue_7@forge.example.com>",
        "references": ["<issue_7@forge.example.com>"],
        "reference": "note-42",
        "idempotency_key": "note-42"
    })
}

/// A password reset.
#[must_use]
pub fn reset_password() -> Value {
    json!({
        "kind": "reset_password_instructions",
        "to": ["ann@example.com"],
        "subject": "Reset password instructions",
        "text": "Follow this link within six hours: https://forge.example.com/users/password/edit?reset_password_token=…",
        "not_after": "2099-12-01T10:00:00Z",
        "reference": "user-42"
    })
}

/// A complete raw message.
#[must_use]
pub fn raw() -> Value {
    json!({
        "kind": "pipeline_failed",
        "to": ["ann@example.com"],
        "raw": "RnJvbTogZm9yZ2VAZXhhbXBsZS5jb20NClRvOiBhbm5AZXhhbXBsZS5jb20NClN1YmplY3Q6IFBpcGVsaW5lIGZhaWxlZA0KDQpTZWUgam9iIDcuDQo="
    })
}

/// Many requests, one per line.
#[must_use]
pub fn batch() -> Value {
    let line = |name: &str, number: u8| {
        json!({
            "kind": "new_note", "to": [format!("{name}@example.com")], "subject": "Printer on fire (#7)", "text": "It burns.",
            "idempotency_key": format!("note-{number}-{name}")
        })
    };
    Value::String(format!("{}\n{}\n", line("ann", 43), line("bob", 43)))
}

/// The answer to [`new_note`].
#[must_use]
pub fn queued() -> Value {
    json!({
        "id": "019ad6c5-4e00-7b5a-9d3e-6f1c2a8b4d70", "state": "queued", "reason": null, "mode_version": 6, "warnings": [], "reference": "note-42",
        "deliveries": [{"id": "019ad6c5-4e00-7c11-8a2b-0d9e8f7a6b5c", "recipient": "ann@example.com", "state": "queued"}]
    })
}

/// The answer to [`reset_password`] while the mode is on.
#[must_use]
pub fn suppressed() -> Value {
    json!({
        "id": "019ad6c5-4e00-7b5a-9d3e-6f1c2a8b4d71", "state": "suppressed", "reason": "maintenance", "mode_version": 7, "warnings": [],
        "reference": "user-42",
        "deliveries": [{"id": "019ad6c5-4e00-7c11-8a2b-0d9e8f7a6b5d", "recipient": "ann@example.com", "state": "suppressed"}]
    })
}

/// The answer to [`batch`] if its second line were malformed.
#[must_use]
pub fn batch_answer() -> Value {
    let problem = json!({
        "field": "to[0]", "type": "about:blank", "title": "Unprocessable Entity", "status": 422, "detail": "to[0]: has no @",
        "message": "to[0]: has no @", "request_id": "019ad6c5-4e00-7b5a-9d3e-6f1c2a8b4d70"
    });
    Value::String(format!("{}\n{problem}\n", queued()))
}
