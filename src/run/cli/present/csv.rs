//! CSV output (RFC 4180): every cell is quoted, so that a program that separates by semicolons does
//! not split one, and every text is defused.

use crate::domain::cell::{cell, defuse};
use serde_json::Value;
use std::io::{Error, Result, Write};

/// A sheet that is written row by row.
pub(super) struct Sheet<'a> {
    columns: &'a [&'a str],
    out: csv::Writer<&'a mut dyn Write>,
}

impl<'a> Sheet<'a> {
    pub(super) fn begin(columns: &'a [&'a str], out: &'a mut dyn Write) -> Result<Self> {
        let mut out = writer(out);
        out.write_record(columns).map_err(io)?;
        Ok(Self { columns, out })
    }

    pub(super) fn push(&mut self, row: &Value) -> Result<()> {
        self.out.write_record(self.columns.iter().map(|column| cell(&row[column]))).map_err(io)
    }

    pub(super) fn end(mut self) -> Result<()> {
        self.out.flush()
    }
}

/// One object as a sheet with one row.
pub(super) fn one(fields: &[&str], object: &Value, out: &mut dyn Write) -> Result<()> {
    let mut out = writer(out);
    out.write_record(fields.iter().map(|field| defuse(field).into_owned())).map_err(io)?;
    out.write_record(fields.iter().map(|field| cell(&object[*field]))).map_err(io)?;
    out.flush()
}

/// The underlying writer's error, with its kind, so that a closed pipe can be told from a full
/// disk.
fn io(error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => Error::other(format!("{other:?}")),
    }
}

fn writer(out: &mut dyn Write) -> csv::Writer<&mut dyn Write> {
    csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(out)
}
