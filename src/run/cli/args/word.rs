//! Words from a fixed set; help, errors and completions list them.

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap_complete::Shell;

/// The shells that completions are known to work in.
pub(super) fn shells() -> impl TypedValueParser<Value = Shell> {
    known(|text| <Shell as ValueEnum>::from_str(text, false).ok(), &[Shell::Bash, Shell::Zsh, Shell::Fish], shell)
}

/// The name of a shell.
fn shell(shell: Shell) -> &'static str {
    match shell {
        Shell::Zsh => "zsh",
        Shell::Fish => "fish",
        _ => "bash",
    }
}

/// Parses a number of rows.
pub(super) fn count(text: &str) -> Result<i64, &'static str> {
    text.parse().ok().filter(|count| *count >= 1).ok_or("write a number of rows, 1 or more")
}

/// Parses a word from a fixed set; help, errors and completions list the words.
pub(super) fn known<T: Copy + Send + Sync + 'static>(
    parse: fn(&str) -> Option<T>,
    all: &[T],
    spell: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(|one| spell(*one)))
        .try_map(move |text| parse(&text).ok_or("there is no such word"))
}
