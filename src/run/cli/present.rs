//! Presents the results of reading commands: a table for people, JSON and CSV for programs.
//!
//! Rows are written as they arrive, so that a report of ten million rows needs little memory: JSON
//! and CSV row by row, a table page by page. Rows are the JSON objects of the HTTP interface
//! ([`crate::shown`]); columns select and order their members in tables and CSV, while JSON has all
//! members. No untrusted text can move the cursor of a terminal or run in a spreadsheet.

mod csv;
mod json;
mod table;

use crate::run::hint::say;
use serde_json::Value;
use std::io::{IsTerminal, Result, Write};

/// The output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Rows and columns, cut to the width of the terminal.
    Table,
    /// One array; a single result is one object.
    Json,
    /// A header and one line per row; cells that a spreadsheet would run start with `'`.
    Csv,
}

/// The format, and the terminal properties that a table needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// The output format.
    pub format: Format,
    /// Terminal width in characters; `None` means as wide as needed.
    pub width: Option<u16>,
    /// Whether to use colours.
    pub colour: bool,
}

impl Style {
    /// The style for standard output: the requested format, else a table on a terminal and JSON in
    /// a pipe.
    #[must_use]
    pub fn choose(asked: Option<Format>) -> Self {
        let terminal = std::io::stdout().is_terminal();
        let format = asked.unwrap_or(if terminal { Format::Table } else { Format::Json });
        let width = if terminal { table::terminal_width() } else { None };
        Self { format, width, colour: terminal && !crate::run::telemetry::colour_is_unwanted() }
    }
}

/// Rows that are written as they arrive. Call [`end`](Self::end), or the last rows are missing.
pub struct Rows<'a> {
    sheet: Sheet<'a>,
    is_empty: bool,
}

enum Sheet<'a> {
    Table(table::Pages<'a>),
    Json(json::Array<'a>),
    Csv(Box<csv::Sheet<'a>>),
}

impl<'a> Rows<'a> {
    /// Starts a sheet on `out`.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn begin(columns: &'a [&'a str], style: Style, out: &'a mut dyn Write) -> Result<Self> {
        let sheet = match style.format {
            Format::Table => Sheet::Table(table::Pages::new(columns, style, out)),
            Format::Json => Sheet::Json(json::Array::begin(out)?),
            Format::Csv => Sheet::Csv(Box::new(csv::Sheet::begin(columns, out)?)),
        };
        Ok(Self { sheet, is_empty: true })
    }

    /// Adds one row, a JSON object.
    ///
    /// # Errors
    /// When the sheet cannot be written; a reader that closed the pipe shows as `BrokenPipe`.
    pub fn push(&mut self, row: &Value) -> Result<()> {
        self.is_empty = false;
        match &mut self.sheet {
            Sheet::Table(pages) => pages.push(row),
            Sheet::Json(array) => array.push(row),
            Sheet::Csv(sheet) => sheet.push(row),
        }
    }

    /// Writes the remaining rows. For a table without rows it prints `nothing`, unless empty, on
    /// standard error, because an empty frame leaves people guessing.
    ///
    /// # Errors
    /// As for [`push`](Self::push).
    pub fn end(self, nothing: &str) -> Result<()> {
        match self.sheet {
            Sheet::Table(pages) => {
                pages.end()?;
                if self.is_empty && !nothing.is_empty() {
                    say!("{nothing}");
                }
                Ok(())
            }
            Sheet::Json(array) => array.end(),
            Sheet::Csv(sheet) => sheet.end(),
        }
    }
}

/// Shows many rows at once, or prints `nothing` when there are none.
///
/// # Errors
/// When `out` cannot be written.
pub fn rows(
    columns: &[&str],
    rows: impl Iterator<Item = Value>,
    nothing: &str,
    style: Style,
    out: &mut dyn Write,
) -> Result<()> {
    let mut sheet = Rows::begin(columns, style, out)?;
    for row in rows {
        sheet.push(&row)?;
    }
    sheet.end(nothing)
}

/// Shows a few rows with long sentences: a table shows each in full, on as many lines as it takes.
///
/// # Errors
/// When `out` cannot be written.
pub fn sentences(
    columns: &[&str],
    mut rows: impl Iterator<Item = Value>,
    style: Style,
    out: &mut dyn Write,
) -> Result<()> {
    match style.format {
        Format::Table => table::whole(columns, rows, style, out),
        Format::Json | Format::Csv => {
            let mut sheet = Rows::begin(columns, style, out)?;
            rows.try_for_each(|row| sheet.push(&row))?;
            sheet.end("")
        }
    }
}

/// Shows one object: as JSON, as a table of its fields and values, or as CSV with one row.
///
/// `first` lists the fields that come first in tables and CSV; the others follow by name.
///
/// # Errors
/// When `out` cannot be written.
pub fn one(first: &[&str], object: &Value, style: Style, out: &mut dyn Write) -> Result<()> {
    let first = first.iter().copied();
    let others = object.as_object().into_iter().flat_map(serde_json::Map::keys).map(String::as_str);
    let mut fields: Vec<&str> = Vec::new();
    for field in first.chain(others) {
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    match style.format {
        Format::Table => table::one(&fields, object, style, out),
        Format::Json => json::one(object, out),
        Format::Csv => csv::one(&fields, object, out),
    }
}

#[cfg(test)]
mod tests;
