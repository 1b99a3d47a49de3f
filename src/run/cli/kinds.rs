//! `postern kinds`: lists the kinds of notifications with their classes, and explains one of them.

use super::args;
use super::ending::{Ending, Result};
use super::present::{Style, one, rows};
use crate::domain::notification::{KIND_NAME_RULE, Kind, KindTable, is_kind_name};
use crate::policy::outbound::{InMode, in_mode, keeps_body_when_suppressed, wipes_body_when_done};
use crate::policy::rules::UnknownKind;
use crate::run::config::Config;
use crate::run::config::kinds::load_kinds;
use crate::shown;
use serde_json::json;
use std::io::stdout;

pub fn run(config: &Config, command: args::Kinds) -> Result<()> {
    let table = load_kinds(config)?;
    match command {
        args::Kinds::List { output } => {
            let kinds = table.list().into_iter().map(|kind| json!(shown::Kind::from(Kind::clone(&kind))));
            Ok(rows(shown::Kind::TABLE, kinds, "No kind is declared.", Style::choose(output.format), &mut stdout())?)
        }
        args::Kinds::Explain { kind: name, output } => {
            let unknown = config.notifications.unknown_kind;
            let kind = table.find(&name).ok_or_else(|| undeclared(&table, &name, unknown))?;
            let explained = json!(explain(&kind, unknown));
            Ok(one(shown::Kind::TABLE, &explained, Style::choose(output.format), &mut stdout())?)
        }
    }
}

/// Says that the kind is undeclared, and how such a notification is treated.
fn undeclared(table: &KindTable, name: &str, unknown: UnknownKind) -> Ending {
    if !is_kind_name(name) {
        return Ending::failed(format!("`{name}` is no name of a kind: write {KIND_NAME_RULE}"));
    }
    let fate = match unknown {
        UnknownKind::Wait => "goes out with a warning, and waits while the mode is on",
        UnknownKind::Suppress => "goes out with a warning, and is suppressed while the mode is on",
        UnknownKind::Send => "goes out with a warning, also while the mode is on",
        UnknownKind::Reject => "is refused with 422",
    };
    Ending::failed(format!(
        "no kind is called {name}, so such a notification {fate} ([notifications] unknown_kind = \"{unknown}\"); the nearest are: {}",
        table.nearest(name).join(", ")
    ))
}

fn explain(kind: &Kind, unknown: UnknownKind) -> shown::ExplainedKind {
    let on = match (in_mode(kind.class, unknown), keeps_body_when_suppressed(kind.class)) {
        (InMode::Send, _) => "sent",
        (InMode::Wait, _) => "kept until it is off, then sent",
        (InMode::Suppress, true) => "suppressed",
        (InMode::Suppress, false) => "suppressed; the person asks again afterwards",
    };
    let body = match wipes_body_when_done(kind.class) {
        true => "wiped when delivered or suppressed",
        false => "kept for [retention] bodies",
    };
    shown::ExplainedKind { kind: kind.clone().into(), while_maintenance_is_on: on, message: body }
}
