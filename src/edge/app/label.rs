//! The labels above a handed-over message: what Postern knows about it, as `X-Postern-…`.

use crate::store::mail::HandOver;

/// Names and values, in the order they are written; a value holds no control characters.
pub(super) fn labels(item: &HandOver) -> [(&'static str, String); 8] {
    [
        ("X-Postern-Id", item.recipient_id.to_string()),
        ("X-Postern-Mail-Id", item.mail_id.to_string()),
        ("X-Postern-Recipient", one_value(&item.recipient)),
        ("X-Postern-Sender", one_value(item.sender.as_deref().unwrap_or_default())),
        ("X-Postern-Intent", item.intent.to_string()),
        ("X-Postern-Key", one_value(&item.key)),
        ("X-Postern-Received-At", item.received_at.to_string()),
        ("X-Postern-Mode-Version", item.mode_version.to_string()),
    ]
}

/// `text` so that it cannot begin another header; what comes from SMTP holds no control characters, but this is the place
/// where one would do harm.
fn one_value(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::hand_over;
    use super::*;

    #[test]
    fn no_value_can_begin_another_header() {
        let mut item = hand_over();
        item.recipient = "a\r\nX-Postern-Intent: reply\0@b".to_owned();
        item.sender = Some("c\u{85}\n d@e".to_owned());
        item.key = "k\u{2028}\rx".to_owned();
        let values = labels(&item).map(|(_, value)| value);
        assert_eq!(values[2], "aX-Postern-Intent: reply@b");
        assert_eq!(values[3], "c d@e");
        assert_eq!(values[5], "kx");
    }
}
