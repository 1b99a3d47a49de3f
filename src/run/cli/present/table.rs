//! Tables for people: as wide as the terminal, one row per line. Columns that do not fit are left
//! out, the least informative first. A cell that is too long is cut with `…`, but never an id, a
//! time or a word. States are coloured (good, waiting, failed) when colours are wanted, and always
//! written in words too.

use super::Style;
use crate::domain::cell::text;
use crate::run::escape;
use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Row, Table, presets};
use jiff::Timestamp;
use serde_json::Value;
use std::io::{Result, Write};

/// Rows laid out together. Widths depend on all rows of a page, so memory use is one page.
const PAGE: usize = 500;

/// Longest part of a cell that is laid out: a terminal has no room for more.
const CELL_CHARS: usize = 2_000;

/// A cell up to this length is never cut: it is a word, a number or a name.
const WORD_CHARS: usize = 18;

/// Shortest width to which a longer text may be cut: the beginning of an address or reason is
/// enough to recognise it.
const READABLE_CHARS: usize = 14;

/// Length up to which the first column is never cut, because it says what a row is about.
const FIRST_CHARS: usize = 44;

/// Characters that the frame adds to each column.
const FRAME_CHARS: usize = 3;

/// A table printed page by page.
pub(super) struct Pages<'a> {
    columns: &'a [&'a str],
    style: Style,
    out: &'a mut dyn Write,
    page: Vec<Vec<String>>,
    is_first: bool,
}

impl<'a> Pages<'a> {
    pub(super) fn new(columns: &'a [&'a str], style: Style, out: &'a mut dyn Write) -> Self {
        Self { columns, style, out, page: Vec::new(), is_first: true }
    }

    pub(super) fn push(&mut self, row: &Value) -> Result<()> {
        self.page.push(self.columns.iter().map(|column| shown(column, &row[column])).collect());
        if self.page.len() == PAGE { self.print() } else { Ok(()) }
    }

    /// Prints the remaining rows; a table without rows prints its header.
    pub(super) fn end(mut self) -> Result<()> {
        if self.is_first || !self.page.is_empty() {
            self.print()?;
        }
        self.out.flush()
    }

    fn print(&mut self) -> Result<()> {
        self.is_first = false;
        let needs: Vec<Need> = self.columns.iter().enumerate().map(|(at, column)| self.need(at, column)).collect();
        let count = fitting(&needs, self.style.width);
        let mut table = empty(self.style);
        let shown = self.columns.get(..count).unwrap_or(self.columns);
        table.set_header(one_line(shown.iter().map(|column| heading(column, self.style)).collect()));
        for row in self.page.drain(..) {
            let cells = shown.iter().zip(row).map(|(column, text)| tinted(column, text, self.style));
            table.add_row(one_line(cells.collect()));
        }
        // When there is no room at all, everything is cut.
        if takes(&needs[..count]) <= self.style.width.map_or(usize::MAX, usize::from) {
            for (at, _) in needs[..count].iter().enumerate().filter(|(_, need)| matches!(need, Need::Whole(_))) {
                if let Some(column) = table.column_mut(at) {
                    column.set_constraint(ColumnConstraint::ContentWidth);
                }
            }
        }
        writeln!(self.out, "{table}")
    }

    /// The room that a column needs.
    fn need(&self, at: usize, name: &str) -> Need {
        let cells = self.page.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
        let longest = cells.chain([name.len()]).max().unwrap_or(0);
        let most = if at == 0 { FIRST_CHARS } else { WORD_CHARS };
        let is_whole = longest <= most || name == "id" || is_time(name);
        if is_whole { Need::Whole(longest) } else { Need::AtLeast(READABLE_CHARS) }
    }
}

/// The room that a column needs, in characters.
#[derive(Debug, Clone, Copy)]
enum Need {
    /// Exactly this much; a cut cell would be useless.
    Whole(usize),
    /// At least this much; the column uses more if available.
    AtLeast(usize),
}

/// The room that these columns take, including the frame.
fn takes(needs: &[Need]) -> usize {
    needs.iter().fold(1, |sum, (Need::Whole(chars) | Need::AtLeast(chars))| sum + chars + FRAME_CHARS)
}

/// How many columns fit, the most informative first; JSON and CSV show all columns. The first two
/// are always shown, however narrow the terminal.
fn fitting(needs: &[Need], width: Option<u16>) -> usize {
    let Some(width) = width.map(usize::from).filter(|width| *width > 0) else { return needs.len() };
    let fits = |count: &usize| takes(needs.get(..*count).unwrap_or_default()) <= width;
    (1..=needs.len()).take_while(fits).last().unwrap_or(0).max(needs.len().min(2))
}

fn one_line(cells: Vec<Cell>) -> Row {
    let mut row = Row::from(cells);
    row.max_height(1);
    row
}

/// One object: its fields one below the other, long values on several lines.
pub(super) fn one(fields: &[&str], object: &Value, style: Style, out: &mut dyn Write) -> Result<()> {
    let mut table = empty(style);
    for field in fields {
        table.add_row(vec![heading(field, style), tinted(field, shown(field, &object[*field]), style)]);
    }
    writeln!(out, "{table}")?;
    out.flush()
}

/// Rows whose cells are shown in full, long ones on several lines. All but the last column hold
/// words, which are never split.
pub(super) fn whole(
    columns: &[&str],
    rows: impl Iterator<Item = Value>,
    style: Style,
    out: &mut dyn Write,
) -> Result<()> {
    let mut table = empty(style);
    table.set_header(columns.iter().map(|column| heading(column, style)));
    for row in rows {
        table.add_row(columns.iter().map(|column| tinted(column, shown(column, &row[column]), style)));
    }
    for at in 0..columns.len().saturating_sub(1) {
        if let Some(column) = table.column_mut(at) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    writeln!(out, "{table}")?;
    out.flush()
}

/// The terminal's width, when standard output is a terminal.
pub(super) fn terminal_width() -> Option<u16> {
    Table::new().width()
}

fn empty(style: Style) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_truncation_indicator("…");
    // The style decides, not the library's detection of the process's own output.
    if style.colour {
        table.enforce_styling()
    } else {
        table.force_no_tty()
    };
    match style.width.filter(|width| *width > 0) {
        Some(width) => table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table
}

fn heading(text: &str, style: Style) -> Cell {
    let cell = Cell::new(escape::blotted(text));
    if style.colour { cell.add_attribute(Attribute::Bold) } else { cell }
}

/// A cell in the colour of its content.
fn tinted(field: &str, text: String, style: Style) -> Cell {
    let colour = tint(field, &text).filter(|_| style.colour);
    let cell = Cell::new(text);
    colour.map_or(cell.clone(), |colour| cell.fg(colour))
}

/// Green for good states, yellow for states that wait for a person, red for failed or refused ones.
fn tint(field: &str, text: &str) -> Option<Color> {
    if !matches!(field, "state" | "verdict" | "ok" | "last_run" | "last_result" | "mode" | "to" | "maintenance_mode") {
        return None;
    }
    match (field, text.split([',', ' ']).next()?) {
        ("maintenance_mode", "true") => Some(Color::DarkYellow),
        (_, "ok" | "delivered" | "handed_over" | "accept") | ("ok", "true") => Some(Color::DarkGreen),
        (_, "held" | "hold" | "paused" | "pausing" | "suppressed" | "on" | "defer" | "deferred") => {
            Some(Color::DarkYellow)
        }
        (_, "failed" | "refuse" | "refused" | "expired" | "rejected" | "broke") | ("ok", "false") => {
            Some(Color::DarkRed)
        }
        _ => None,
    }
}

/// Whether a field of this name holds a time.
fn is_time(name: &str) -> bool {
    name.ends_with("_at") || name.ends_with("since") || name.ends_with("until")
}

/// A value as shown; times to the second, in a notation that commands accept.
fn shown(name: &str, value: &Value) -> String {
    let text = text(value);
    let time = text.parse::<Timestamp>().ok().filter(|_| is_time(name));
    time.map_or_else(|| clean(&text), |time| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
}

fn clean(text: &str) -> String {
    let start: String = text.chars().take(CELL_CHARS).collect();
    let cut = if start.len() < text.len() { "…" } else { "" };
    format!("{}{cut}", escape::blotted(&start))
}
