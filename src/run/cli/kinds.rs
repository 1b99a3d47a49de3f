//! `postern kinds`: the kinds of notifications, their classes, and why.

use super::args;
use super::ending::{Ending, Result};
use super::present::{Column, Style, one, rows};
use crate::domain::notification::{Class, Kind};
use crate::run::config::Config;
use crate::run::config::kinds::load_kinds;
use serde_json::{Value, json};
use std::io::stdout;

const COLUMNS: &[Column] = &[Column("name"), Column("class"), Column("title"), Column("why"), Column("aliases")];

pub fn run(config: &Config, command: args::Kinds) -> Result<()> {
    let table = load_kinds(config)?;
    match command {
        args::Kinds::List { output } => {
            let kinds = table.list().iter().map(|kind| json!(kind));
            Ok(rows(COLUMNS, kinds, "No kind is declared.", Style::choose(output.format), &mut stdout())?)
        }
        args::Kinds::Explain { kind: name, output } => {
            let kind = table.find(&name).ok_or_else(|| {
                Ending::failed(format!(
                    "no kind is called {name}; the nearest are: {}",
                    table.nearest(&name).join(", ")
                ))
            })?;
            Ok(one(COLUMNS, &explain(kind), Style::choose(output.format), &mut stdout())?)
        }
    }
}

fn explain(kind: &Kind) -> Value {
    let (on, body) = match kind.class {
        Class::Ordinary | Class::System => ("sent", "kept for [retention] bodies"),
        Class::WriteDependent => ("suppressed; the person asks again afterwards", "wiped when delivered or suppressed"),
        Class::Paging | Class::Unclassified => ("suppressed", "kept for [retention] bodies"),
    };
    let mut object = json!(kind);
    object["while_maintenance_is_on"] = json!(on);
    object["message"] = json!(body);
    object
}
