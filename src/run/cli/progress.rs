//! Progress of long work, shown on standard error and only on a terminal, so that it never mixes
//! with results on standard output.

use indicatif::{ProgressBar, ProgressFinish, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::io::IsTerminal;

/// Fewer items than this are done before a bar could be read.
const SHORT: usize = 50;

/// A progress bar for `count` items; hidden for short work or in a pipe.
pub fn bar(count: usize) -> ProgressBar {
    if count < SHORT || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(u64::try_from(count).unwrap_or(u64::MAX));
    shown(bar, "{bar:40} {human_pos}/{human_len}, {speed}, {eta} left")
}

/// A row counter for an export of unknown length. On a terminal the rows themselves show the
/// progress.
pub fn count() -> ProgressBar {
    if std::io::stdout().is_terminal() || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    shown(ProgressBar::no_length(), "{spinner} {human_pos} rows, {speed}, {elapsed}")
}

/// Runs `print`, which writes to standard output, with the bar hidden.
pub fn around<T>(bar: &ProgressBar, print: impl FnOnce() -> T) -> T {
    if std::io::stdout().is_terminal() { bar.suspend(print) } else { print() }
}

/// The bar disappears at the end, even when the work fails.
fn shown(bar: ProgressBar, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let speed = |state: &ProgressState, line: &mut dyn Write| _ = write!(line, "{:.0}/s", state.per_sec());
    bar.with_style(style.with_key("speed", speed)).with_finish(ProgressFinish::AndClear)
}
