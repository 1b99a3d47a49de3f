//! Commands in sentences, so that whoever reads one can run it as it stands there: with the `--config` that this process was
//! started with.

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;
use std::sync::OnceLock;

/// How a command in a sentence begins.
const COMMAND: &str = "`postern ";

/// What belongs between the program and its command; unset, nothing does. Set once, before anything is said.
static OPTIONS: OnceLock<String> = OnceLock::new();

/// Takes note of the file that `--config` names.
pub fn remember(file: &Path) {
    // Only the first counts: a process is started once.
    let _ = OPTIONS.set(format!("--config {} ", quoted(&file.display().to_string())));
}

/// What belongs between the program and its command: `--config FILE `, or nothing.
#[must_use]
pub fn options() -> &'static str {
    OPTIONS.get().map_or("", String::as_str)
}

/// The sentence, with the commands in it as this process's reader has to call them.
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

/// A word as a shell takes it for one.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:@%=".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// Writes a sentence on standard error, with runnable commands in it.
pub fn tell(sentence: &str) {
    // A command does its work, and keeps its exit code, when nothing reads its standard error.
    let _ = writeln!(std::io::stderr(), "{}", runnable(sentence));
}

/// Says a sentence on standard error, with runnable commands in it.
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
