//! `postern check`: checks that everything exists and is reachable, and says how to fix what is
//! not.

mod warnings;

use super::args;
use super::console::Console;
use super::ending::{Ending, Result};
use super::postfix;
use super::present::{Style, sentences};
use crate::domain::failure::Failure;
use crate::flag::node::live_nodes;
use crate::run::config::Config;
use crate::run::config::app::AppUrl;
use crate::run::config::kinds::{kinds_file, load_kinds};
use crate::run::config::locate::{DEFAULT_FILE, SYSTEM_FILE};
use crate::run::config::relay::RelayUrl;
use crate::run::hint;
use crate::run::hint::say;
use crate::run::secrets;
use crate::run::wiring::{self, WiringError};
use serde_json::{Value, json};
use std::io::{Write, stdout};
use std::path::Path;
use std::sync::Arc;

const COLUMNS: &[&str] = &["what", "ok", "finding"];

pub async fn run(config: Config, command: args::Check) -> Result<()> {
    if command.print == Some(args::Snippet::Postfix) {
        if command.output.format.is_some() {
            return Err(Ending::misused("--print writes lines for main.cf: leave --format out"));
        }
        return Ok(stdout().write_all(postfix::snippet(&config)?.as_bytes())?);
    }
    let findings = findings(config).await;
    let findings = &findings;
    let failed = findings.iter().filter(|finding| finding["ok"] == json!(false)).count();
    sentences(COLUMNS, findings.iter().cloned(), Style::choose(command.output.format), &mut stdout())?;
    if failed > 0 {
        return Err(Ending::failed(format!("{failed} of these need mending")));
    }
    match findings.iter().filter(|finding| warnings::is_one(finding)).count() {
        0 => say!("Everything is in order."),
        count => say!("Everything works. Warnings: {count}."),
    }
    Ok(())
}

fn finding(what: &str, result: std::result::Result<String, String>) -> Value {
    json!({ "what": what, "ok": result.is_ok(), "finding": hint::runnable(&result.unwrap_or_else(|text| text)) })
}

/// An absolute path, for readers in another folder.
fn whole(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// The file in use, and the folder that relative paths start at.
fn file(config: &Config) -> String {
    let base = whole(if config.place.base.as_os_str().is_empty() { Path::new(".") } else { &config.place.base });
    match &config.place.file {
        Some(path) => format!("{}; relative paths start at {base}", whole(path)),
        None => format!(
            "built-in defaults: there is no {} and no {SYSTEM_FILE}; relative paths start at {base}",
            whole(Path::new(DEFAULT_FILE))
        ),
    }
}

fn kinds(config: &Config) -> Value {
    let file = kinds_file(config);
    let place = whole(&file);
    let own = if file.try_exists().unwrap_or(true) { format!("with {place}") } else { format!("there is no {place}") };
    let table = load_kinds(config).map(|table| format!("{} kinds; {own}", table.list().len()));
    finding("kinds", table.map_err(|error| error.to_string()))
}

/// A check that could not be made: neither passed nor failed.
fn unchecked(what: &str, why: &str) -> Value {
    json!({ "what": what, "ok": Value::Null, "finding": format!("not checked: {why}") })
}

async fn findings(config: Config) -> Vec<Value> {
    let domains = wiring::grammar(&config).map(|grammar| grammar.domains().join(", ")).map_err(|e| e.to_string());
    let mut findings = vec![finding("configuration", Ok(file(&config))), kinds(&config), finding("addresses", domains)];
    findings.extend(warnings::secrets(&config));
    findings.extend(warnings::credentials(&config));
    let mut is_home = true;
    match Console::open(config.clone()).await {
        Ok(console) => findings.extend(store(&console).await),
        Err(ending) => {
            let start = if ending.is_misuse() { "; where the gateway was never started, start it once" } else { "" };
            findings.push(finding("store", Err(format!("{}{start}", ending.text()))));
            findings.push(unchecked("mode", "the store has it"));
            // Probably the wrong folder: creating an inbox here would only add to the confusion.
            is_home = !ending.is_misuse();
        }
    }
    let elsewhere = "it would make a folder, and this may be the wrong place";
    findings.push(match config.relay.url {
        RelayUrl::File(_) if !is_home => unchecked("relay", elsewhere),
        RelayUrl::File(_) | RelayUrl::Smarthost(_) => {
            finding("relay", relay(&config).await.map_err(|failure| failure.text))
        }
    });
    findings.push(match config.app.url {
        AppUrl::Maildir(_) if !is_home => unchecked("app", elsewhere),
        AppUrl::Maildir(_) | AppUrl::Webhook { .. } => {
            finding("app", app(&config).await.map_err(|failure| failure.text))
        }
    });
    if config.app.mode_webhook.is_some() {
        findings.push(finding("mode_webhook", mode_webhook(&config).await.map_err(|failure| failure.text)));
    }
    findings
}

async fn store(console: &Console) -> Vec<Value> {
    let mode = match console.store.mode().await {
        Ok(mode) => mode,
        Err(error) => return vec![finding("store", Err(error.to_string()))],
    };
    // A change without effect still takes the writer's lock, which proves that the store can be
    // written.
    let nothing = crate::domain::mode::Change::default();
    let written = console.store.change_mode(nothing, None, console.author(), console.clock.now()).await;
    let mut findings = vec![
        finding("store", written.map(|_| console.config.store.url.whole()).map_err(|error| error.to_string())),
        finding("mode", Ok(format!("{}, version {}", mode.state, mode.version))),
    ];
    let nodes = live_nodes(console.store.as_ref(), console.clock.as_ref(), mode.version).await.unwrap_or_default();
    findings.extend(warnings::outdated(&console.config, &nodes));
    let position = console.store.position().await.unwrap_or_default();
    findings.extend(warnings::hold_without_standby(&console.config.maintenance, position.as_ref()));
    for pause in console.store.pauses().await.unwrap_or_default() {
        findings
            .push(finding(pause.flow.as_str(), Err(format!("stands still since {}: {}", pause.since, pause.reason))));
    }
    findings
}

fn unusable(error: WiringError) -> Failure {
    Failure::permanent(error.to_string())
}

async fn relay(config: &Config) -> std::result::Result<String, Failure> {
    let relay = secrets::password(config).and_then(|password| wiring::relay(config, password)).map_err(unusable)?;
    relay.open().await?.close().await;
    Ok(relay.name())
}

async fn app(config: &Config) -> std::result::Result<String, Failure> {
    let clock: Arc<dyn crate::clock::Clock> = Arc::new(crate::clock::SystemClock);
    let inbox = secrets::signing(config).and_then(|signing| wiring::inbox(config, signing, clock)).map_err(unusable)?;
    inbox.probe().await
}

async fn mode_webhook(config: &Config) -> std::result::Result<String, Failure> {
    let clock: Arc<dyn crate::clock::Clock> = Arc::new(crate::clock::SystemClock);
    let herald =
        secrets::signing(config).and_then(|signing| wiring::herald(config, signing, clock)).map_err(unusable)?;
    match herald {
        Some(herald) => herald.probe().await,
        None => Ok("nobody is told of the mode".to_owned()),
    }
}
