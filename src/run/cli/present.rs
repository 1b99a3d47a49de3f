//! How reading commands show what they found: a table for people, JSON and CSV for programs.
//!
//! Rows are written as they come, so a report of ten million needs no memory: JSON and CSV row by row, a table in
//! pages. Rows are the JSON objects of the HTTP interface; columns choose and order their fields in tables and CSV,
//! JSON has all fields. Nothing a stranger wrote moves the cursor of a terminal or runs in a spreadsheet.

mod csv;
mod json;
mod table;

use crate::run::hint::say;
use serde_json::Value;
use std::io::{IsTerminal, Result, Write};

/// The ways to show things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Lines and columns, cut to the width of the terminal.
    Table,
    /// One array, or one object where there is one thing.
    Json,
    /// A header and one line a row; cells a spreadsheet would run begin with `'`.
    Csv,
}

/// A field of the rows that tables and CSV show, by its name in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column(pub &'static str);

/// The format, and what a table must know of where it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// How.
    pub format: Format,
    /// How many columns of characters there are; `None`: as many as needed.
    pub width: Option<u16>,
    /// May it be coloured?
    pub colour: bool,
}

impl Style {
    /// The style for standard output: what was asked for, else a table on a terminal and JSON in a pipe.
    #[must_use]
    pub fn choose(asked: Option<Format>) -> Self {
        let terminal = std::io::stdout().is_terminal();
        let format = asked.unwrap_or(if terminal { Format::Table } else { Format::Json });
        let width = if terminal { table::terminal_width() } else { None };
        Self { format, width, colour: terminal && !crate::run::telemetry::colour_is_unwanted() }
    }
}

/// Many things, written as they come. [`end`](Self::end) must be called, or the last rows are missing.
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
    pub fn begin(columns: &'a [Column], style: Style, out: &'a mut dyn Write) -> Result<Self> {
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
    /// When the sheet cannot be written; a reader that has seen enough shows as `BrokenPipe`.
    pub fn push(&mut self, row: &Value) -> Result<()> {
        self.is_empty = false;
        match &mut self.sheet {
            Sheet::Table(pages) => pages.push(row),
            Sheet::Json(array) => array.push(row),
            Sheet::Csv(sheet) => sheet.push(row),
        }
    }

    /// Writes what is left. Below a table without rows `nothing`, unless empty, is said on standard error: an empty frame leaves people guessing.
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

/// Shows many things at once, or says that there is `nothing`.
///
/// # Errors
/// When `out` cannot be written.
pub fn rows(
    columns: &[Column],
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

/// Shows a few things that say something in sentences: in a table each is shown whole, on as many lines as it takes.
///
/// # Errors
/// When `out` cannot be written.
pub fn sentences(
    columns: &[Column],
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

/// Shows one thing: a JSON object, a table of its fields and values, or a CSV of one row.
///
/// `first` are the fields that come first in tables and CSV; the others follow by name.
///
/// # Errors
/// When `out` cannot be written.
pub fn one(first: &[Column], object: &Value, style: Style, out: &mut dyn Write) -> Result<()> {
    let first = first.iter().map(|column| column.0);
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
