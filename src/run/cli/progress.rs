//! Progress of long work, on standard error and only on a terminal; results on standard output are never mixed with it.

use indicatif::{ProgressBar, ProgressFinish, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::io::IsTerminal;

/// Less than this is done before anybody has read a bar.
const SHORT: usize = 50;

/// A bar for `count` things; hidden for short work or in a pipe.
pub fn bar(count: usize) -> ProgressBar {
    if count < SHORT || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(u64::try_from(count).unwrap_or(u64::MAX));
    shown(bar, "{bar:40} {human_pos}/{human_len}, {speed}, {eta} left")
}

/// A count of rows for an export whose length nobody knows. On a terminal the rows themselves show how far it is.
pub fn count() -> ProgressBar {
    if std::io::stdout().is_terminal() || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    shown(ProgressBar::no_length(), "{spinner} {human_pos} rows, {speed}, {elapsed}")
}

/// Does `print`, which writes to standard output, without a bar in its way.
pub fn around<T>(bar: &ProgressBar, print: impl FnOnce() -> T) -> T {
    if std::io::stdout().is_terminal() { bar.suspend(print) } else { print() }
}

/// It goes away at its end, also when the work fails.
fn shown(bar: ProgressBar, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let speed = |state: &ProgressState, line: &mut dyn Write| _ = write!(line, "{:.0}/s", state.per_sec());
    bar.with_style(style.with_key("speed", speed)).with_finish(ProgressFinish::AndClear)
}
