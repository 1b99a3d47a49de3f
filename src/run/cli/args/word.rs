//! Words out of a known few: help, errors and completions list them.

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap_complete::Shell;

/// The shells that completions are known to work in.
pub(super) fn shells() -> impl TypedValueParser<Value = Shell> {
    known(|text| <Shell as ValueEnum>::from_str(text, false).ok(), &[Shell::Bash, Shell::Zsh, Shell::Fish], shell)
}

/// A shell by its name.
fn shell(shell: Shell) -> &'static str {
    match shell {
        Shell::Zsh => "zsh",
        Shell::Fish => "fish",
        _ => "bash",
    }
}

/// Reads how many rows are wanted.
pub(super) fn count(text: &str) -> Result<i64, &'static str> {
    text.parse().ok().filter(|count| *count >= 1).ok_or("write a number of rows, 1 or more")
}

/// Reads a word out of a known few; help, errors and completions list them.
pub(super) fn known<T: Copy + Send + Sync + 'static>(
    parse: fn(&str) -> Option<T>,
    all: &[T],
    spell: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(|one| spell(*one)))
        .try_map(move |text| parse(&text).ok_or("there is no such word"))
}
