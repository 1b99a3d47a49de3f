//! Makes the commands in sentences runnable as they stand: adds the `--config` option that this
//! process was started with.

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;
use std::sync::OnceLock;

/// The beginning of a command in a sentence.
const COMMAND: &str = "`postern ";

/// Text to insert between the program and its command; nothing when unset. Set once, before the
/// first sentence is printed.
static OPTIONS: OnceLock<String> = OnceLock::new();

/// Remembers the file that `--config` names.
pub fn remember(file: &Path) {
    // Only the first call counts: a process starts once.
    let _ = OPTIONS.set(format!("--config {} ", quoted(&file.display().to_string())));
}

/// The text between the program and its command: `--config FILE `, or empty.
#[must_use]
pub fn options() -> &'static str {
    OPTIONS.get().map_or("", String::as_str)
}

/// The sentence with its commands completed for this process.
#[must_use]
pub fn runnable(sentence: &str) -> Cow<'_, str> {
    with(options(), sentence)
}

fn with<'a>(options: &str, sentence: &'a str) -> Cow<'a, str> {
    if options.is_empty() || !sentence.contains(COMMAND) {
        return Cow::Borrowed(sentence);
    }
    Cow::Owned(sentence.replace(COMMAND, &format!("{COMMAND}{options}")))
}

/// Quotes a word for a shell when necessary.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:@%=".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// Writes a sentence to standard error, with runnable commands in it.
pub fn tell(sentence: &str) {
    // A command does its work and keeps its exit code even when its standard error is closed.
    let _ = writeln!(std::io::stderr(), "{}", runnable(sentence));
}

/// Prints a formatted sentence on standard error, with runnable commands in it.
macro_rules! say {
    ($($sentence:tt)*) => { $crate::run::hint::tell(&format!($($sentence)*)) };
}

pub(crate) use say;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_in_a_sentence_names_the_configuration_it_was_started_with() {
        let sentence = "there is no store yet: run `postern migrate` once";
        assert_eq!(with("", sentence), sentence);
        let runnable = "there is no store yet: run `postern --config /etc/p.toml migrate` once";
        assert_eq!(with("--config /etc/p.toml ", sentence), runnable);
    }

    #[test]
    fn a_file_with_spaces_stays_one_word() {
        assert_eq!(quoted("/etc/postern.toml"), "/etc/postern.toml");
        assert_eq!(quoted("my conf's.toml"), r"'my conf'\''s.toml'");
    }
}
