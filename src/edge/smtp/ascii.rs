//! Converts outside text to one line of printable ASCII.
//!
//! Letters outside ASCII are transliterated (`é` becomes `e`). German umlauts become two letters
//! (`ä` becomes `ae`), because the library's single letter would misspell them. Control characters,
//! and characters without a transliteration, become `?`.

/// `text` in printable ASCII.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' ' => out.push(' '),
            'ä' | 'ö' | 'ü' | 'Ä' | 'Ö' | 'Ü' => out.extend([base(c), 'e']),
            // A combining diaeresis: the umlaut's dots as a separate character.
            '\u{308}' if out.ends_with(['a', 'o', 'u', 'A', 'O', 'U']) => out.push('e'),
            _ if c.is_ascii() => out.push(if c.is_ascii_graphic() { c } else { '?' }),
            _ => match deunicode::deunicode_char(c).filter(|ascii| ascii.bytes().all(is_printable)) {
                Some(ascii) => out.push_str(ascii),
                None => out.push('?'),
            },
        }
    }
    out
}

fn is_printable(byte: u8) -> bool {
    byte == b' ' || byte.is_ascii_graphic()
}

fn base(umlaut: char) -> char {
    match umlaut {
        'ä' => 'a',
        'ö' => 'o',
        'ü' => 'u',
        'Ä' => 'A',
        'Ö' => 'O',
        _ => 'U',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_become_the_nearest_ones_of_ascii() {
        for (text, ascii) in [
            ("Wartung läuft, größere Änderung", "Wartung laeuft, groessere Aenderung"),
            ("Wartung la\u{308}uft", "Wartung laeuft"),
            ("déjà terminé, cafe\u{301}", "deja termine, cafe"),
            ("Łódź – “naprawa”…", "Lodz - \"naprawa\"..."),
            ("Техработы", "Tekhraboty"),
        ] {
            assert_eq!(printable(text), ascii);
        }
    }

    #[test]
    fn no_character_leaves_printable_ascii() {
        for c in '\0'..=char::MAX {
            assert!(printable(&c.to_string()).bytes().all(is_printable), "{c:?}");
        }
        assert_eq!(printable("a\r\n\t\0\u{7f}b\u{10ffff}"), "a?????b?");
    }
}
