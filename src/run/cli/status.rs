//! `postern maintenance status`: the mode, the processes that follow it, the work in progress, and
//! the conditions that an operator should look at.

pub mod problems;

use super::args;
use super::console::Console;
use super::ending::Result;
use super::present::{Format, Style, one, rows};
use super::wait;
use super::window;
use crate::concern::judge::judge;
use crate::domain::mode::{Mode, State};
use crate::domain::six_digits;
use crate::domain::window::Outlook;
use crate::edge::app::mode_webhook;
use crate::flag::node::LiveNode;
use crate::shown;
use crate::store::desk::Depths;
use crate::store::drain::Drain;
use crate::store::error::StoreError;
use serde_json::{Value, json};
use std::io::stdout;
use std::sync::Arc;

const STATUS: &[&str] = &[
    "mode",
    "not_believed",
    "highest_version_seen",
    "version",
    "message",
    "since",
    "until",
    "concerns",
    "overrun",
    "window",
    "next_window",
    "drained",
    "drained_at",
    "empty",
    "store",
    "store_position",
    "nodes",
    "nodes_following",
];
const NODES: &[&str] = &["name", "version", "mode", "seen", "remark", "id"];

pub async fn show(console: &Console, output: args::Output) -> Result<()> {
    let mut found = problems::find(console).await;
    let drain = console.store.drain(Arc::new(console.config.rules()), console.clock.now()).await;
    if let (Ok(_), Err(error)) = (&found.progress, &drain) {
        found.progress = Err(error.clone());
    }
    let style = Style::choose(output.format);
    let mut object = match &drain {
        Ok(drain) => standing(drain, style.format),
        // Everything except the mode can be read.
        Err(StoreError::WentBack { .. }) => unknown(console, style.format).await?,
        Err(error) => return Err(error.clone().into()),
    };
    object["store"] = json!(console.store_name);
    if let Some(position) = console.store.position().await.unwrap_or_default() {
        object["store_position"] = json!(position.lsn);
    }
    count(&found.depths, &mut object, style.format);
    if let Ok(drain) = &drain {
        let outlook = Outlook::new(&drain.mode, &found.windows, console.clock.now());
        window::warn(&outlook);
        let [window, next_window, overrun] = window::describe(outlook, style);
        (object["window"], object["next_window"], object["overrun"]) = (window, next_window, overrun);
    }
    let concerns = judge(&found, console.clock.now());
    object["problems"] = json!(problems::sentences(&concerns));
    object["concerns"] = problems::objects(&concerns);
    told(console, &mut object).await?;
    present(object, found.nodes, style)
}

fn standing(drain: &Drain, format: Format) -> Value {
    let mode = &drain.mode;
    let is_on = mode.state == State::On;
    let mut object = json!(shown::Mode::from(mode.clone()));
    // Only during maintenance is there anything to drain.
    object["drained"] = json!(is_on.then(|| drain.is_drained()));
    object["drained_at"] = json!(drain.drained_at.map(six_digits::text));
    object["empty"] = json!(is_on.then(|| drain.is_empty()));
    match format {
        Format::Json => object["left"] = json!(shown::Left::from(drain.left)),
        Format::Table if is_on && !drain.is_drained() => {
            object["drained"] = json!(format!("not yet: {}", wait::still(&drain.left).join(", ")));
        }
        Format::Table | Format::Csv => {}
    }
    object
}

/// The stored mode, clearly marked as not in force: the administrator who sets the mode again
/// starts from it.
async fn unknown(console: &Console, format: Format) -> Result<Value> {
    let stored = console.store.history(1).await?.into_iter().next().map(|newest| newest.mode);
    let words = |mode: Mode| {
        let message = mode.message.map_or_else(String::new, |message| format!(", message: {message}"));
        let until = mode.until.map_or_else(String::new, |until| format!(", until {until}"));
        format!("{} since {}, version {}{until}{message}", mode.state, mode.since, mode.version)
    };
    Ok(json!({
        "mode": "unknown",
        "version": null,
        "message": null,
        "since": null,
        "until": null,
        "drained": null,
        "drained_at": null,
        "empty": null,
        "highest_version_seen": console.store.known_version(),
        "not_believed": match format {
            Format::Json => json!(stored.map(shown::Mode::from)),
            Format::Table => json!(stored.map(words)),
            Format::Csv => json!(stored.map(|mode| mode.state)),
        },
    }))
}

/// The numbers of items in progress or waiting; JSON has them as over HTTP. The number of open SMTP
/// transactions is known only to the gateway process.
fn count(depths: &Depths, object: &mut Value, format: Format) {
    let pending = json!(shown::Pending::of(depths, None));
    match (format, object, pending) {
        (Format::Table | Format::Csv, Value::Object(object), Value::Object(mut counts)) => {
            counts.remove("smtp_transactions");
            object.extend(counts);
        }
        (_, object, pending) => object["pending"] = pending,
    }
}

/// What the application was told, if a webhook is configured.
async fn told(console: &Console, object: &mut Value) -> Result<()> {
    let Some(hook) = &console.config.app.mode_webhook else { return Ok(()) };
    let told = console.store.told(mode_webhook::webhook(&hook.url)).await?;
    object["told_version"] = json!(told.as_ref().map(|told| told.version));
    object["told_at"] = json!(told.as_ref().and_then(|told| told.told_at).map(six_digits::text));
    object["told_failure"] = json!(told.and_then(|told| told.reason));
    Ok(())
}

/// Prints one object; in a table the nodes are separate rows below it.
fn present(mut object: Value, nodes: Vec<LiveNode>, style: Style) -> Result<()> {
    let ago = |live: &LiveNode| format!("{} s ago", live.seconds_ago);
    match style.format {
        Format::Json => object["nodes"] = json!(shown::all::<_, shown::Node>(nodes.clone())),
        // A CSV sheet holds values to calculate with, no sentences: `--format json` has those.
        Format::Csv => {
            // Codes, because programs read a sheet.
            let codes =
                object["concerns"].as_array().into_iter().flatten().filter_map(|concern| concern["code"].as_str());
            object["concerns"] = json!(codes.collect::<Vec<_>>().join(" "));
            object["problems"] = json!(object["problems"].as_array().map_or(0, Vec::len));
            object["nodes"] = json!(nodes.len());
            object["nodes_following"] = json!(nodes.iter().filter(|live| live.follows()).count());
        }
        Format::Table => {
            let problems = object["problems"].as_array().into_iter().flatten().filter_map(Value::as_str);
            object["concerns"] = json!(problems.collect::<Vec<_>>().join(" "));
            object["nodes"] = json!(nodes.len());
        }
    }
    // A sheet always has the same columns; in a table, a field that is never filled would look like
    // missing data.
    let is_shown = |column: &&&str| {
        style.format == Format::Csv
            || !matches!(**column, "not_believed" | "highest_version_seen" | "nodes_following" | "store_position")
            || object.get(**column).is_some()
    };
    let columns: Vec<&str> = STATUS.iter().filter(is_shown).copied().collect();
    one(&columns, &object, style, &mut stdout())?;
    if style.format == Format::Table && !nodes.is_empty() {
        let row = |live: &LiveNode| {
            json!({
                "name": live.node.name, "version": live.node.version, "mode": live.node.mode,
                "seen": ago(live), "remark": live.remark(), "id": live.node.id,
            })
        };
        rows(NODES, nodes.iter().map(row), "", style, &mut stdout())?;
    }
    Ok(())
}
