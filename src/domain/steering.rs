//! Characters that change the layout of the text around them: with one in a sender's name, a page
//! or terminal can show words other than those written (“Trojan source”).

use std::borrow::Cow;

/// Whether the character reorders the text around it or breaks a line without a line end: the
/// embeddings, overrides and isolates of Unicode's bidirectional algorithm, and its line and
/// paragraph separators.
#[must_use]
pub fn steers(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with each such character made visible, as `⟨U+202E⟩`.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match steers(c) {
            true => shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(c))),
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_steers_the_text_around_it_is_made_visible() {
        assert_eq!(visible("a\u{202e}b\u{2066}c\u{2029}"), "a⟨U+202E⟩b⟨U+2066⟩c⟨U+2029⟩");
        for text in ["שלום, läuft", "a\u{200d}b", "\u{2027}\u{202f}\u{2065}\u{206a}"] {
            assert!(matches!(visible(text), Cow::Borrowed(same) if same == text), "{text:?}");
        }
    }
}
