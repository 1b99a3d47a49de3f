//! JSON output: one array with a row per line, or one object.

use crate::run::escape;
use serde_json::Value;
use std::io::{Result, Write};

/// An array that is written row by row.
pub(super) struct Array<'a> {
    out: &'a mut dyn Write,
    is_empty: bool,
}

impl<'a> Array<'a> {
    pub(super) fn begin(out: &'a mut dyn Write) -> Result<Self> {
        out.write_all(b"[")?;
        Ok(Self { out, is_empty: true })
    }

    pub(super) fn push(&mut self, row: &Value) -> Result<()> {
        self.out.write_all(if self.is_empty { b"\n" } else { b",\n" })?;
        self.is_empty = false;
        self.out.write_all(escape::json(&row.to_string()).as_bytes())
    }

    pub(super) fn end(self) -> Result<()> {
        self.out.write_all(if self.is_empty { b"]\n" } else { b"\n]\n" })?;
        self.out.flush()
    }
}

/// One object, indented.
pub(super) fn one(object: &Value, out: &mut dyn Write) -> Result<()> {
    out.write_all(escape::json(&format!("{object:#}\n")).as_bytes())?;
    out.flush()
}
