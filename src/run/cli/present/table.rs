//! Tables for people: as wide as the terminal, a row a line. Columns that have no room are left out, the least telling first;
//! a cell that is too long is cut with `…`, an id never.

use super::{Column, Style};
use crate::domain::cell::text;
use crate::run::escape;
use comfy_table::{Attribute, Cell, ColumnConstraint, ContentArrangement, Row, Table, presets};
use serde_json::Value;
use std::io::{Result, Write};

/// Rows laid out together. Widths depend on all rows of a page, so a page is what is kept in memory.
const PAGE: usize = 500;

/// More of one cell is never laid out: a terminal has no room for it.
const CELL_CHARS: usize = 2_000;

/// No column needs more than an id to be useful; a longer one is cut when there is no room.
const COLUMN_CHARS: usize = 36;

/// The last column may be cut to so much: the beginning of an address or a reason tells most of it.
const READABLE_CHARS: usize = 15;

/// What the frame adds to a column.
const FRAME_CHARS: usize = 3;

/// Pages of one table.
pub(super) struct Pages<'a> {
    columns: &'a [Column],
    style: Style,
    out: &'a mut dyn Write,
    page: Vec<Vec<String>>,
    is_first: bool,
}

impl<'a> Pages<'a> {
    pub(super) fn new(columns: &'a [Column], style: Style, out: &'a mut dyn Write) -> Self {
        Self { columns, style, out, page: Vec::new(), is_first: true }
    }

    pub(super) fn push(&mut self, row: &Value) -> Result<()> {
        self.page.push(self.columns.iter().map(|column| shown(column.0, &row[column.0])).collect());
        if self.page.len() == PAGE { self.print() } else { Ok(()) }
    }

    /// Prints the rest; a table without rows is its header.
    pub(super) fn end(mut self) -> Result<()> {
        if self.is_first || !self.page.is_empty() {
            self.print()?;
        }
        self.out.flush()
    }

    fn print(&mut self) -> Result<()> {
        self.is_first = false;
        let count = self.fitting();
        let mut table = empty(self.style);
        let headings = self.columns.iter().take(count).map(|column| heading(column.0, self.style));
        table.set_header(one_line(headings.collect()));
        for row in self.page.drain(..) {
            table.add_row(one_line(row.into_iter().take(count).map(Cell::new).collect()));
        }
        // An id that is cut is of no use: it is there to be copied. Where it has no room at all, nothing helps.
        let has_room = self.style.width.is_none_or(|width| usize::from(width) > COLUMN_CHARS + 4 * FRAME_CHARS);
        if let Some(ids) =
            self.columns.iter().position(|column| has_room && column.0 == "id").and_then(|at| table.column_mut(at))
        {
            ids.set_constraint(ColumnConstraint::ContentWidth);
        }
        writeln!(self.out, "{table}")
    }

    /// How many columns, the most telling first, have room beside each other; JSON and CSV have all.
    fn fitting(&self) -> usize {
        let Some(width) = self.style.width.map(usize::from).filter(|width| *width > 0) else {
            return self.columns.len();
        };
        let longest = |at: usize, name: &str| {
            let cells = self.page.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
            cells.chain([name.len()]).max().unwrap_or(0).min(COLUMN_CHARS)
        };
        let mut used = 1;
        let fits = |(at, column): &(usize, &Column)| {
            let left = width.saturating_sub(used);
            used += longest(*at, column.0) + FRAME_CHARS;
            used <= width || left >= READABLE_CHARS
        };
        // The first two are shown however narrow it is.
        self.columns.iter().enumerate().take_while(fits).count().max(self.columns.len().min(2))
    }
}

fn one_line(cells: Vec<Cell>) -> Row {
    let mut row = Row::from(cells);
    row.max_height(1);
    row
}

/// One object: its fields below each other, long values on several lines.
pub(super) fn one(fields: &[&str], object: &Value, style: Style, out: &mut dyn Write) -> Result<()> {
    let mut table = empty(style);
    for field in fields {
        table.add_row(vec![heading(field, style), cell(&object[*field])]);
    }
    writeln!(out, "{table}")?;
    out.flush()
}

/// The terminal's width, when standard output is one.
pub(super) fn terminal_width() -> Option<u16> {
    Table::new().width()
}

fn empty(style: Style) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_truncation_indicator("…");
    // The style decides, not what the library finds out about the process's own output.
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

fn cell(value: &Value) -> Cell {
    Cell::new(clean(&text(value)))
}

/// A cell of a list; times are shown to the second.
fn shown(name: &str, value: &Value) -> String {
    let text = text(value);
    match text.split_once('.') {
        Some((seconds, _)) if name.ends_with("_at") => clean(&format!("{seconds}Z")),
        Some(_) | None => clean(&text),
    }
}

fn clean(text: &str) -> String {
    let start: String = text.chars().take(CELL_CHARS).collect();
    let cut = if start.len() < text.len() { "…" } else { "" };
    format!("{}{cut}", escape::blotted(&start))
}
