//! `postern maintenance status`: where the mode stands, who follows it, what is under way, and what an operator should look at.

use super::args;
use super::console::Console;
use super::ending::Result;
use super::present::{Column, Format, Style, one, rows};
use super::window;
use crate::domain::mode::Mode;
use crate::domain::window::Outlook;
use crate::edge::app::mode_webhook;
use crate::flag::node::{LiveNode, live_nodes};
use crate::store::drain::Drain;
use crate::store::error::StoreError;
use serde_json::{Value, json};
use std::io::stdout;
use std::sync::Arc;

const STATUS: &[Column] = &[
    Column("mode"),
    Column("version"),
    Column("message"),
    Column("since"),
    Column("until"),
    Column("problems"),
    Column("overrun"),
    Column("window"),
    Column("next_window"),
    Column("drained"),
    Column("drained_at"),
    Column("empty"),
    Column("store"),
    Column("nodes"),
];
const NODES: &[Column] =
    &[Column("name"), Column("version"), Column("mode"), Column("seen"), Column("remark"), Column("id")];

pub async fn show(console: &Console, output: args::Output) -> Result<()> {
    let (mode, trouble) = match console.store.mode().await {
        Ok(mode) => (Some(mode), None),
        Err(error @ StoreError::WentBack { .. }) => (None, Some(error)),
        Err(error) => return Err(error.into()),
    };
    let drain = match &mode {
        Some(_) => Some(console.store.drain(Arc::new(console.config.rules()), console.clock.now()).await?),
        None => None,
    };
    let version = mode.as_ref().map_or(console.store.known_version(), |mode| mode.version);
    let nodes = live_nodes(console.store.as_ref(), console.clock.as_ref(), version).await?;
    let mut object = standing(mode.as_ref(), drain.as_ref());
    object["problems"] = json!(problems(console, trouble, &nodes).await?);
    object["store"] = json!(console.store_name);
    count(console, &mut object).await?;
    let style = Style::choose(output.format);
    if let Some(mode) = &mode {
        let outlook = Outlook::new(mode, &console.store.standing_windows().await?, console.clock.now());
        window::warn(&outlook);
        let [window, next_window, overrun] = window::describe(&outlook, style);
        (object["window"], object["next_window"], object["overrun"]) = (window, next_window, overrun);
    }
    told(console, &mut object).await?;
    present(object, &nodes, style)
}

fn standing(mode: Option<&Mode>, drain: Option<&Drain>) -> Value {
    json!({
        "mode": mode.map_or("unknown", |mode| mode.state.as_str()),
        "version": mode.map(|mode| mode.version),
        "message": mode.and_then(|mode| mode.message.as_ref()),
        "since": mode.map(|mode| mode.since),
        "until": mode.and_then(|mode| mode.until),
        "drained": drain.is_some_and(Drain::is_drained),
        "drained_at": drain.and_then(|drain| drain.drained_at),
        "empty": drain.is_some_and(Drain::is_empty),
    })
}

/// What should be looked at, a sentence each.
async fn problems(console: &Console, trouble: Option<StoreError>, nodes: &[LiveNode]) -> Result<Vec<String>> {
    let mut problems: Vec<String> = trouble.iter().map(|error| format!("{error}.")).collect();
    let strays = nodes.iter().filter(|live| !live.follows());
    problems.extend(
        strays.map(|live| format!("{} has seen version {}: {}.", live.node.name, live.node.version, live.remark())),
    );
    problems.extend(console.store.pauses().await?.iter().map(crate::store::desk::Pause::words));
    Ok(problems)
}

async fn count(console: &Console, object: &mut Value) -> Result<()> {
    let depths = console.store.depths().await?;
    for (name, count) in [
        ("waiting", depths.waiting),
        ("hand_overs", depths.hand_overs),
        ("held", depths.held),
        ("queued", depths.queued),
        ("deliveries", depths.deliveries),
    ] {
        object[name] = json!(count);
    }
    Ok(())
}

/// What the application was told, when one is to be told.
async fn told(console: &Console, object: &mut Value) -> Result<()> {
    let Some(hook) = &console.config.app.mode_webhook else { return Ok(()) };
    let told = console.store.told(mode_webhook::webhook(&hook.url)).await?;
    object["told_version"] = json!(told.as_ref().map(|told| told.version));
    object["told_at"] = json!(told.as_ref().and_then(|told| told.told_at));
    object["told_failure"] = json!(told.and_then(|told| told.reason));
    Ok(())
}

/// One object; in a table the nodes are rows of their own, below it.
fn present(mut object: Value, nodes: &[LiveNode], style: Style) -> Result<()> {
    let ago = |live: &LiveNode| format!("{} s ago", live.seconds_ago);
    match style.format {
        Format::Json => object["nodes"] = json!(nodes),
        Format::Csv => {
            let words =
                |live: &LiveNode| format!("{} has seen version {} {}", live.node.name, live.node.version, ago(live));
            object["nodes"] = json!(nodes.iter().map(words).collect::<Vec<_>>());
        }
        Format::Table => {
            let problems = object["problems"].as_array().into_iter().flatten().filter_map(Value::as_str);
            object["problems"] = json!(problems.collect::<Vec<_>>().join(" "));
            object["nodes"] = json!(nodes.len());
        }
    }
    one(STATUS, &object, style, &mut stdout())?;
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
